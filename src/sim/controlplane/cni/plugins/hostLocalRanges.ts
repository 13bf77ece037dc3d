import {
  addressAt,
  addressBits,
  addressToBigint,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  lastAddress,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';
import { PluginFailure } from '../spec/cniError.ts';

/** A part of a subnet that addresses are handed out of, both ends included. */
export interface AddressRange {
  readonly subnet: IpPrefix;
  readonly start: IpAddress;
  readonly end: IpAddress;
  readonly gateway: IpAddress;
}

/** Ranges of one family: one address is handed out of each set. */
export type RangeSet = readonly AddressRange[];

export interface DeclaredRange {
  readonly subnet: IpPrefix | undefined;
  readonly start: IpAddress | undefined;
  readonly end: IpAddress | undefined;
  readonly gateway: IpAddress | undefined;
}

/**
 * Completes a declared range: from the first address of the subnet to the last but the broadcast address, with the first as
 * the gateway's (backend/allocator/range.go, Canonicalize).
 *
 * @throws PluginFailure in its words.
 */
export function completeRange({ subnet, start, end, gateway }: DeclaredRange): AddressRange {
  if (subnet === undefined) throw new PluginFailure('IP <nil> not v4 nor v6');
  const family = familyOf(subnet.address);
  if (subnet.length > addressBits(family) - 2) {
    throw new PluginFailure(`Network ${formatPrefix(networkOf(subnet))} too small to allocate from`);
  }
  const { address: network } = networkOf(subnet);
  if (subnet.address !== network) {
    const words = `For a subnet mask of length ${subnet.length} the network address is ${network}`;
    throw new PluginFailure(`Network has host bits set. ${words}`);
  }
  const outside = (address: IpAddress | undefined): boolean =>
    address !== undefined && !prefixContains(subnet, address);
  if (outside(start)) throw new PluginFailure(`RangeStart ${start} not in network ${formatPrefix(subnet)}`);
  const first = start ?? addressAt(subnet, 1);
  if (end !== undefined && (outside(end) || addressToBigint(end) < addressToBigint(first))) {
    throw new PluginFailure(`RangeEnd ${end} not in network ${formatPrefix(subnet)}`);
  }
  const broadcast = lastAddress(subnet);
  const last =
    family === 'IPv4' ? addressAt(subnet, addressToBigint(broadcast) - addressToBigint(network) - 1n) : broadcast;
  return { subnet, start: first, end: end ?? last, gateway: gateway ?? addressAt(subnet, 1) };
}

/** Completes a set of ranges (range_set.go, Canonicalize). @throws PluginFailure in its words. */
export function completeRangeSet(declared: readonly DeclaredRange[]): RangeSet {
  if (declared.length === 0) throw new PluginFailure('empty range set');
  const set = declared.map(completeRange);
  const families = new Set(set.map(({ start }) => familyOf(start)));
  if (families.size > 1) throw new PluginFailure('mixed address families');
  set.forEach((range, i) => {
    const other = set.slice(i + 1).find((later) => rangesOverlap(range, later));
    if (other) throw new PluginFailure(`subnets ${rangeText(range)} and ${rangeText(other)} overlap`);
  });
  return set;
}

export function setsOverlap(a: RangeSet, b: RangeSet): boolean {
  return a.some((range) => b.some((other) => rangesOverlap(range, other)));
}

export function containsAddress(set: RangeSet, address: IpAddress): boolean {
  return rangeOf(set, address) !== undefined;
}

export function rangeOf(set: RangeSet, address: IpAddress): AddressRange | undefined {
  return set.find((range) => inRange(range, address));
}

/** `10.244.0.1-10.244.0.254`, one range behind another. */
export function rangeSetText(set: RangeSet): string {
  return set.map(rangeText).join(',');
}

/**
 * The addresses in the order in which they are tried: on from the one handed out last, through all ranges and round to it,
 * without gateways (allocator.go, RangeIter).
 */
export function* nextAddresses(set: RangeSet, last: IpAddress | undefined): Generator<IpAddress> {
  const from = last === undefined ? undefined : set.findIndex((range) => inRange(range, last));
  let place = from === undefined || from < 0 ? 0 : from;
  let current = from === undefined || from < 0 ? undefined : last;
  let first: IpAddress | undefined;
  for (;;) {
    const range = set[place];
    if (range === undefined) return;
    if (current === undefined) current = range.start;
    else if (current === range.end) {
      place = (place + 1) % set.length;
      current = set[place]?.start ?? range.start;
    } else current = after(current);
    if (current === first) return;
    first ??= current;
    if (current !== set[place]?.gateway) yield current;
  }
}

function after(address: IpAddress): IpAddress {
  const whole = { address: (familyOf(address) === 'IPv4' ? '0.0.0.0' : '::') as IpAddress, length: 0 };
  return addressAt(whole, addressToBigint(address) + 1n);
}

function inRange({ subnet, start, end }: AddressRange, address: IpAddress): boolean {
  if (!prefixContains(subnet, address)) return false;
  const value = addressToBigint(address);
  return value >= addressToBigint(start) && value <= addressToBigint(end);
}

function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  if (familyOf(a.start) !== familyOf(b.start)) return false;
  return inRange(a, b.start) || inRange(a, b.end) || inRange(b, a.start) || inRange(b, a.end);
}

function rangeText({ start, end }: AddressRange): string {
  return `${start}-${end}`;
}
