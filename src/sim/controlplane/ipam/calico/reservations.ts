import {
  addressesIn,
  addressToBigint,
  type IpAddress,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';

/** Addresses that are never to be handed out by themselves: what IPReservations list. */
export class Reservations {
  readonly #prefixes: readonly IpPrefix[];

  constructor(prefixes: readonly IpPrefix[] = []) {
    this.#prefixes = prefixes.map(networkOf);
  }

  matches(address: IpAddress): boolean {
    return this.#prefixes.some((prefix) => prefixContains(prefix, address));
  }

  /** Whether any address of a block is reserved. */
  touches(block: IpPrefix): boolean {
    return this.#prefixes.some(
      (prefix) => prefixContains(prefix, block.address) || prefixContains(block, prefix.address),
    );
  }

  /** How many addresses of a prefix are reserved, or lie in one of the other prefixes; each counts once. */
  countIn(prefix: IpPrefix, others: readonly IpPrefix[] = []): bigint {
    const all = [...this.#prefixes, ...others];
    if (all.some((other) => other.length <= prefix.length && prefixContains(other, prefix.address))) {
      return addressesIn(prefix);
    }
    // Of prefixes that overlap, one lies in the other: the widest are left, each of them once.
    const inside: IpPrefix[] = [];
    for (const next of all.toSorted((a, b) => a.length - b.length)) {
      const known = inside.some((wider) => prefixContains(wider, next.address));
      if (!known && prefixContains(prefix, next.address)) inside.push(next);
    }
    return inside.reduce((sum, each) => sum + addressesIn(each), 0n);
  }

  /** Whether every address of a block is: by one prefix, or by several that together fill it. */
  covers(block: IpPrefix): boolean {
    return this.#prefixes.length > 0 && this.countIn(block) === addressesIn(block);
  }
}

/** Which address of the prefix this is, counting its network address as 0. @returns undefined outside. */
export function ordinalIn(prefix: IpPrefix, address: IpAddress): number | undefined {
  if (!prefixContains(prefix, address)) return undefined;
  return Number(addressToBigint(address) - addressToBigint(networkOf(prefix).address));
}
