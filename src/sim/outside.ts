import { familyOf, type IpAddress, type IpPrefix, ipPrefix, prefixContains } from '../wire/address.ts';
import { isOfCluster } from './controlplane/host/underlay/subnetPlan.ts';

/** Ranges that are nobody's on the internet (RFC 6890); documentation ranges count as public, since examples use them. */
const NOT_PUBLIC: readonly IpPrefix[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
].map(ipPrefix);

export interface KnownRanges {
  /** Subnets that the nodes' cards are on. */
  readonly nodeSubnets: readonly IpPrefix[];
  /** Pod and Service ranges: addresses in them that nobody has are nobody's. */
  readonly cluster: readonly IpPrefix[];
  /** The gateway's, the subnets' network and broadcast addresses. */
  readonly taken: readonly IpAddress[];
}

/** Whether an address that the cluster does not have is a host outside: on the nodes' subnet, or public. */
export function isOutsideAddress(address: IpAddress, ranges: KnownRanges): boolean {
  if (familyOf(address) !== 'IPv4' || ranges.taken.includes(address)) return false;
  const subnet = ranges.nodeSubnets.find((prefix) => prefixContains(prefix, address));
  if (isOfCluster(address, ranges.cluster, subnet)) return false;
  if (subnet) return true;
  return !NOT_PUBLIC.some((prefix) => prefixContains(prefix, address));
}
