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
const FIRST_USABLE = 4n;
const PREFIX_LENGTH = 28;
const PREFIX_SIZE = 16n;

/** A VPC's subnet, from which EC2 hands out addresses and /28 prefixes; here always the lowest that is free. */
export class VpcSubnet {
  readonly cidr: IpPrefix;
  readonly #taken = new Set<bigint>();
  readonly #last: bigint;
  /** Below it, nothing is free. */
  #lowest = FIRST_USABLE;

  constructor(cidr: IpPrefix) {
    this.cidr = networkOf(cidr);
    this.#last = (1n << BigInt(addressBits(familyOf(cidr.address)) - cidr.length)) - 2n;
  }

  /** @returns undefined when there is none left: InsufficientFreeAddressesInSubnet. */
  takeAddress(): IpAddress | undefined {
    for (let index = this.#lowest; index <= this.#last; index++) {
      if (this.#taken.has(index)) continue;
      this.#taken.add(index);
      this.#lowest = index + 1n;
      return addressAt(this.cidr, index);
    }
    return undefined;
  }

  /** Sixteen addresses that begin at a multiple of sixteen. @returns undefined when there are none: InsufficientCidrBlocks. */
  takePrefix(): IpPrefix | undefined {
    for (let index = 0n; index + PREFIX_SIZE - 1n <= this.#last; index += PREFIX_SIZE) {
      if (index < FIRST_USABLE || this.#isUsed(index)) continue;
      for (let offset = 0n; offset < PREFIX_SIZE; offset++) this.#taken.add(index + offset);
      return { address: addressAt(this.cidr, index), length: PREFIX_LENGTH };
    }
    return undefined;
  }

  /** Somebody has the address already. */
  hold(address: IpAddress): void {
    if (prefixContains(this.cidr, address))
      this.#taken.add(addressToBigint(address) - addressToBigint(this.cidr.address));
  }

  release(prefix: IpPrefix): void {
    if (!prefixContains(this.cidr, prefix.address)) return;
    const first = addressToBigint(prefix.address) - addressToBigint(this.cidr.address);
    const count = 1n << BigInt(addressBits(familyOf(prefix.address)) - prefix.length);
    for (let offset = 0n; offset < count; offset++) this.#taken.delete(first + offset);
    if (first < this.#lowest) this.#lowest = first < FIRST_USABLE ? FIRST_USABLE : first;
  }

  #isUsed(first: bigint): boolean {
    for (let offset = 0n; offset < PREFIX_SIZE; offset++) if (this.#taken.has(first + offset)) return true;
    return false;
  }
}
