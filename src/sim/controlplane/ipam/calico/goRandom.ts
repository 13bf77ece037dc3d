import { GO_RANDOM_STATE } from './goRandomState.ts';

const LENGTH = 607;
const TAP = 273;
const MODULUS = 2 ** 31 - 1;
const MULTIPLIER = 48271;
/** What Go seeds with in place of 0, which the seeding's generator would never leave. */
const INSTEAD_OF_ZERO = 89482311;
const SKIPPED = 20;

/**
 * Go's math/rand with a seed (rng.go): what makes Calico's choice of a host's first block reproducible.
 *
 * The sums are kept to 63 bits, which is all that {@link uint32} ever looks at.
 */
export class GoRandom {
  readonly #words: bigint[];
  #tap = 0;
  #feed = LENGTH - TAP;

  constructor(seed: number) {
    let x = seed % MODULUS || INSTEAD_OF_ZERO;
    const next = (): bigint => {
      // The product stays below 2^47: exact as a number.
      x = (x * MULTIPLIER) % MODULUS;
      return BigInt(x);
    };
    for (let i = 0; i < SKIPPED; i++) next();
    this.#words = Array.from({ length: LENGTH }, (_, i) => {
      const word = (next() << 40n) ^ (next() << 20n) ^ next();
      return word ^ BigInt(`0x${GO_RANDOM_STATE.slice(16 * i, 16 * i + 16)}`);
    });
  }

  /** The next 32 random bits: Rand.Uint32. */
  uint32(): bigint {
    this.#tap = (this.#tap + LENGTH - 1) % LENGTH;
    this.#feed = (this.#feed + LENGTH - 1) % LENGTH;
    const sum = BigInt.asUintN(63, (this.#words[this.#feed] ?? 0n) + (this.#words[this.#tap] ?? 0n));
    this.#words[this.#feed] = sum;
    return sum >> 31n;
  }

  /** A number of [0, limit) as math/big's Int.Rand draws it on a 64-bit machine: whole words, drawn anew while too big. */
  below(limit: bigint): bigint {
    const bits = limit.toString(2).length;
    const words = Math.ceil(bits / 64);
    for (;;) {
      let drawn = 0n;
      for (let word = 0; word < words; word++) {
        drawn |= (this.uint32() | (this.uint32() << 32n)) << BigInt(64 * word);
      }
      const number = BigInt.asUintN(bits, drawn);
      if (number < limit) return number;
    }
  }
}
