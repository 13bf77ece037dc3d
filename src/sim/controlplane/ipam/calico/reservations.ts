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

  /** Whether every address of a block is: by one prefix, or by several that together fill it. */
  covers(block: IpPrefix): boolean {
    if (this.#prefixes.some((prefix) => prefix.length <= block.length && prefixContains(prefix, block.address))) {
      return true;
    }
    const inside = this.#prefixes.filter((prefix) => prefixContains(block, prefix.address));
    const widest = inside.filter(
      (prefix, i) =>
        !inside.some(
          (other, j) =>
            i !== j &&
            (other.length < prefix.length || (other.length === prefix.length && j < i)) &&
            prefixContains(other, prefix.address),
        ),
    );
    return widest.reduce((sum, prefix) => sum + addressesIn(prefix), 0n) === addressesIn(block);
  }
}

/** Which address of the prefix this is, counting its network address as 0. @returns undefined outside. */
export function ordinalIn(prefix: IpPrefix, address: IpAddress): number | undefined {
  if (!prefixContains(prefix, address)) return undefined;
  return Number(addressToBigint(address) - addressToBigint(networkOf(prefix).address));
}
