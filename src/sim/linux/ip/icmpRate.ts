import type { IpAddress } from '../../../wire/address.ts';
import type { IcmpError, Kernel, RouteResult } from '../kernel.ts';
import { sysctlNumber } from './sysctl.ts';

/** A bucket holds so many answers (Linux: net/ipv4/inetpeer.c, XRLIM_BURST_FACTOR). */
const BURST = 6;
/** Destination unreachable, source quench, time exceeded, parameter problem. */
const LIMITED_TYPES = 0x1818;
const NANOSECONDS_PER_MILLISECOND = 1e6;

interface Bucket {
  tokens: number;
  last: number;
}

const buckets = new WeakMap<Kernel, Map<IpAddress, Bucket>>();

/**
 * Whether another ICMP error may go to `destination`: one a second, six at once (net.ipv4.icmp_ratelimit and
 * icmp_ratemask; Linux: net/ipv4/icmp.c, icmpv4_xrlim_allow). Path MTU discovery and lo are not limited.
 */
export function icmpAllowed(kernel: Kernel, route: RouteResult, destination: IpAddress, error: IcmpError): boolean {
  if (error.type === 3 && error.code === 4) return true;
  if (kernel.links.get(route.dev)?.kind === 'loopback') return true;
  const mask = sysctlNumber(kernel, 'net.ipv4.icmp_ratemask', LIMITED_TYPES);
  const interval = sysctlNumber(kernel, 'net.ipv4.icmp_ratelimit', 1000) * NANOSECONDS_PER_MILLISECOND;
  if (interval <= 0 || error.type > 31 || ((1 << error.type) & mask) === 0) return true;
  const { now } = kernel.world.queue;
  const peers = buckets.get(kernel) ?? new Map<IpAddress, Bucket>();
  buckets.set(kernel, peers);
  const bucket = peers.get(destination) ?? { tokens: BURST * interval, last: now };
  peers.set(destination, bucket);
  bucket.tokens = Math.min(bucket.tokens + now - bucket.last, BURST * interval);
  bucket.last = now;
  if (bucket.tokens < interval) return false;
  bucket.tokens -= interval;
  return true;
}
