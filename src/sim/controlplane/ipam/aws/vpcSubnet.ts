import {
  addressAt,
  addressBits,
  addressToBigint,
  familyOf,
  type IpAddress,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';

/** AWS keeps the first four addresses of a subnet and the last. */
export const FIRST_USABLE = 4n;
/** Of the prefixes that EC2 gives to interfaces. */
export const PREFIX_LENGTH = 28;
const PREFIX_SIZE = 16n;

/** A part of the subnet. Places are counted from the subnet's first address; both ends are included. */
interface Span {
  readonly from: bigint;
  readonly to: bigint;
  /** Below it, nothing is free. */
  lowest: bigint;
}

/** A VPC's subnet, from which EC2 hands out addresses and /28 prefixes. Which ones is EC2's secret: here the lowest that is free. */
export class VpcSubnet {
  readonly cidr: IpPrefix;
  readonly #taken = new Set<bigint>();
  readonly #last: bigint;
  readonly #spans: readonly Span[];

  /** @param first the place from which on addresses are handed out; those before it come last. */
  constructor(cidr: IpPrefix, first = FIRST_USABLE) {
    this.cidr = networkOf(cidr);
    this.#last = (1n << BigInt(addressBits(familyOf(cidr.address)) - cidr.length)) - 2n;
    const parts: readonly (readonly [bigint, bigint])[] = [
      [first, this.#last],
      [FIRST_USABLE, first - 1n],
    ];
    this.#spans = parts.map(([from, to]) => ({ from, to, lowest: from }));
  }

  /** @returns undefined when there is none left: InsufficientFreeAddressesInSubnet. */
  takeAddress(): IpAddress | undefined {
    for (const span of this.#spans) {
      for (let index = span.lowest; index <= span.to; index++) {
        if (this.#taken.has(index)) continue;
        this.#taken.add(index);
        span.lowest = index + 1n;
        return addressAt(this.cidr, index);
      }
    }
    return undefined;
  }

  /** Sixteen addresses that begin at a multiple of sixteen. @returns undefined when there are none: InsufficientCidrBlocks. */
  takePrefix(): IpPrefix | undefined {
    for (const { from } of this.#spans) {
      const start = ((from + PREFIX_SIZE - 1n) / PREFIX_SIZE) * PREFIX_SIZE;
      for (let index = start; index + PREFIX_SIZE - 1n <= this.#last; index += PREFIX_SIZE) {
        if (this.#isUsed(index)) continue;
        for (let offset = 0n; offset < PREFIX_SIZE; offset++) this.#taken.add(index + offset);
        return { address: addressAt(this.cidr, index), length: PREFIX_LENGTH };
      }
    }
    return undefined;
  }

  /** Somebody has the addresses already. */
  hold(prefix: IpPrefix): void {
    for (const index of this.#places(prefix)) this.#taken.add(index);
  }

  release(prefix: IpPrefix): void {
    for (const index of this.#places(prefix)) {
      this.#taken.delete(index);
      const span = this.#spans.find(({ from, to }) => from <= index && index <= to);
      if (span && index < span.lowest) span.lowest = index;
    }
  }

  *#places(prefix: IpPrefix): Generator<bigint> {
    if (!prefixContains(this.cidr, prefix.address)) return;
    const first = addressToBigint(prefix.address) - addressToBigint(this.cidr.address);
    const count = 1n << BigInt(addressBits(familyOf(prefix.address)) - prefix.length);
    for (let offset = 0n; offset < count; offset++) yield first + offset;
  }

  #isUsed(first: bigint): boolean {
    for (let offset = 0n; offset < PREFIX_SIZE; offset++) if (this.#taken.has(first + offset)) return true;
    return false;
  }
}
