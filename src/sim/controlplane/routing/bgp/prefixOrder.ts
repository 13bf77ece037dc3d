import { type IpPrefix, ipv4ToNumber } from '../../../../wire/address.ts';

/**
 * Where a prefix stands in BIRD's table: it is a hash table kept sorted by the whole hash, whatever its size
 * (nest/rt-fib.c), so `show route`, what a new peer is told, and withdrawals all go in this order.
 */
export function prefixHash({ address, length }: IpPrefix): number {
  return (Math.imul(ipv4ToNumber(address), 2902958171) ^ (length << 26)) >>> 0;
}

/** A prefix's key in maps. */
export function prefixKey({ address, length }: IpPrefix): string {
  return `${address}/${length}`;
}
