import {
  addressAt,
  type IpPrefix,
  ipv4FromNumber,
  ipv4ToNumber,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';

/** The first of some subnets that overlaps with none of those in use. @returns undefined when all do. */
export function firstApart(wanted: Iterable<IpPrefix>, used: readonly IpPrefix[]): IpPrefix | undefined {
  for (const prefix of wanted) if (!used.some((other) => overlap(prefix, other))) return prefix;
  return undefined;
}

/** The subnets of the same size that come after one. */
export function* following({ address, length }: IpPrefix): Generator<IpPrefix> {
  const size = 2 ** (32 - length);
  const start = ipv4ToNumber(networkOf({ address, length }).address);
  for (let next = start + size; next + size <= 2 ** 32; next += size) yield { address: ipv4FromNumber(next), length };
}

/** The address that stands at the same place in another subnet of the same size. */
export function movedInto(target: IpPrefix, { address, length }: IpPrefix): ReturnType<typeof addressAt> {
  return addressAt(target, ipv4ToNumber(address) - ipv4ToNumber(networkOf({ address, length }).address));
}

function overlap(a: IpPrefix, b: IpPrefix): boolean {
  return prefixContains(a, b.address) || prefixContains(b, a.address);
}
