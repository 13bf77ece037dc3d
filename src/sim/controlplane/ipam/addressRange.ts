import { err, ok, type Result } from '../../../base/result.ts';
import {
  addressAt,
  addressBits,
  addressFromBigint,
  addressToBigint,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  lastAddress,
  networkOf,
  prefixContains,
} from '../../../wire/address.ts';

/** A range as a network configuration gives it. */
export interface DeclaredRange {
  readonly subnet: IpPrefix;
  /** The first address, itself included. */
  readonly rangeStart?: IpAddress;
  /** The last address, itself included. */
  readonly rangeEnd?: IpAddress;
  readonly gateway?: IpAddress;
}

/** Addresses of a subnet that host-local hands out, all but the gateway's. */
export interface AddressRange {
  readonly subnet: IpPrefix;
  readonly start: IpAddress;
  readonly end: IpAddress;
  readonly gateway: IpAddress;
}

/**
 * Fills out what a range leaves open: the gateway is the first address, and the range goes from it to the last one, without the
 * broadcast address of IPv4 (plugins/ipam/host-local/backend/allocator/range.go, Canonicalize).
 */
export function addressRange(declared: DeclaredRange): Result<AddressRange, string> {
  const { subnet, rangeStart, rangeEnd } = declared;
  const network = networkOf(subnet);
  if (subnet.length > addressBits(familyOf(subnet.address)) - 2) {
    return err(`Network ${formatPrefix(subnet)} too small to allocate from`);
  }
  if (network.address !== subnet.address) {
    const { length, address } = network;
    return err(`Network has host bits set. For a subnet mask of length ${length} the network address is ${address}`);
  }
  const first = addressAt(network, 1);
  // The start is held against an end that is given, too: a range that ends before it starts fails by its start.
  const startFits = rangeStart === undefined || isWithin(rangeStart, network, undefined, rangeEnd);
  if (!startFits) return err(`RangeStart ${rangeStart} not in network ${formatPrefix(network)}`);
  const start = rangeStart ?? first;
  const endFits = rangeEnd === undefined || isWithin(rangeEnd, network, start, undefined);
  if (!endFits) return err(`RangeEnd ${rangeEnd} not in network ${formatPrefix(network)}`);
  return ok({ subnet: network, start, end: rangeEnd ?? lastUsable(network), gateway: declared.gateway ?? first });
}

export function rangeContains({ subnet, start, end }: AddressRange, address: IpAddress): boolean {
  return isWithin(address, subnet, start, end);
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return rangeContains(a, b.start) || rangeContains(a, b.end) || rangeContains(b, a.start) || rangeContains(b, a.end);
}

export function formatRange({ start, end }: AddressRange): string {
  return `${start}-${end}`;
}

function isWithin(
  address: IpAddress,
  subnet: IpPrefix,
  start: IpAddress | undefined,
  end: IpAddress | undefined,
): boolean {
  if (!prefixContains(subnet, address)) return false;
  const number = addressToBigint(address);
  if (start !== undefined && number < addressToBigint(start)) return false;
  return end === undefined || number <= addressToBigint(end);
}

function lastUsable(network: IpPrefix): IpAddress {
  const last = lastAddress(network);
  return familyOf(last) === 'IPv4' ? addressFromBigint(addressToBigint(last) - 1n, 'IPv4') : last;
}
