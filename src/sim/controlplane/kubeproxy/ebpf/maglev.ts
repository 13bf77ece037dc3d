import type { LbFrontend } from '../../../../datamodel/network/ebpf.ts';
import { familyOf } from '../../../../wire/address.ts';
import { murmur3 } from './murmur3.ts';

/** Slots of a table: a prime, more than a hundred times what is balanced (Cilium's default). */
export const MAGLEV_TABLE_SIZE = 16381;
/** Of `maglev.hashSeed`, `JLfvgnHc2kaSUFaI`: the first four of its twelve bytes. */
const SEED = 0x24b7ef82;

export interface MaglevBackend extends LbFrontend {
  readonly id: number;
  /** Absent: as heavy as the others. */
  readonly weight?: number;
}

/**
 * A Maglev lookup table: backends take turns, each taking the next free slot of a permutation of its own, so that one that
 * leaves moves few of the others' slots (Eisenbud et al., NSDI 2016, section 3.4; Cilium: pkg/maglev/maglev.go).
 *
 * @returns ids of backends, one a slot; empty when there is none.
 */
export function maglevTable(backends: readonly MaglevBackend[], size = MAGLEV_TABLE_SIZE): Uint32Array {
  if (backends.length === 0) return new Uint32Array(0);
  const names = new Map(backends.map((backend) => [hashedName(backend), backend]));
  const turns = [...names.keys()].sort().map((name) => new Turn(name, names.get(name)!, size, names.size));
  const weightSum = turns.reduce((sum, { weight }) => sum + weight, 0);
  const weighted = Math.floor(weightSum / turns.length) > 1;
  const table = new Uint32Array(size);
  const taken = new Uint8Array(size);
  for (let n = 0; n < size; n++) {
    let i = n % turns.length;
    while (weighted && (n + 1) * turns[i]!.weight < Math.floor(turns[i]!.due)) i = (i + 1) % turns.length;
    const turn = turns[i]!;
    turn.due += weightSum;
    let slot = turn.next();
    while (taken[slot]) slot = turn.next();
    taken[slot] = 1;
    table[slot] = turn.id;
  }
  return table;
}

/** One backend's way through the slots: offset, offset + skip, … */
class Turn {
  readonly id: number;
  readonly weight: number;
  due: number;
  readonly #size: number;
  readonly #skip: number;
  #slot: number;

  constructor(name: string, { id, weight = 1 }: MaglevBackend, size: number, count: number) {
    const [h1, h2] = murmur3(name, SEED);
    this.id = id;
    this.weight = weight;
    this.due = weight / count;
    this.#size = size;
    this.#slot = Number(h1 % BigInt(size));
    this.#skip = Number(h2 % BigInt(size - 1)) + 1;
  }

  next(): number {
    const slot = this.#slot;
    this.#slot = (slot + this.#skip) % this.#size;
    return slot;
  }
}

/** What is hashed and sorted by: the same on all nodes, as ids are not. */
function hashedName({ address, port, protocol }: LbFrontend): string {
  const host = familyOf(address) === 'IPv6' ? `[${address}]` : address;
  return `[${host}:${port}/${protocol.toUpperCase()},State:active]`;
}
