import { type IpPrefix, ipv4FromNumber, ipv4ToNumber, networkOf } from '../../../wire/address.ts';

/** The smallest IPv4 prefix that covers all, though none longer than `longest`. @returns undefined for none to cover. */
export function coveringPrefix(prefixes: readonly IpPrefix[], longest: number): IpPrefix | undefined {
  const [first] = prefixes;
  if (first === undefined) return undefined;
  let length = longest;
  const base = ipv4ToNumber(first.address);
  for (const prefix of prefixes) {
    const difference = (base ^ ipv4ToNumber(prefix.address)) >>> 0;
    length = Math.min(length, prefix.length, Math.clz32(difference));
  }
  return networkOf({ address: ipv4FromNumber(base), length });
}
