import type { PathMtu } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { IPV4_MAXIMUM_LENGTH } from '../../../wire/ipv4.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import { sysctlFlag, sysctlNumber } from './sysctl.ts';

/** net.ipv4.route.mtu_expires and .min_pmtu: ten minutes, and the least that an ICMP error can bring it down to. */
const EXPIRY_SECONDS = 600;
const LEAST = 552;

/** The largest packet a forwarded packet may be: what routers learn by ICMP is for their own packets (ip_forward_use_pmtu). */
export function forwardMtu(kernel: Kernel, route: RouteResult, destination: IpAddress): number {
  if (sysctlFlag(kernel, 'net.ipv4.ip_forward_use_pmtu')) return routeMtu(kernel, route, destination);
  return configuredMtu(kernel, route);
}

/** The MTU local senders keep to (Linux: include/net/ip.h, ip_dst_mtu_maybe_forward; route.c, ipv4_mtu). */
export function routeMtu(kernel: Kernel, route: RouteResult, destination: IpAddress): number {
  const exception = kernel.pathMtus.get(destination);
  const usable =
    exception !== undefined && exception.expires > kernel.world.queue.now && route.route.type === 'unicast';
  return usable ? exception.mtu : configuredMtu(kernel, route);
}

function configuredMtu(kernel: Kernel, route: RouteResult): number {
  const device = kernel.links.get(route.dev)?.mtu ?? IPV4_MAXIMUM_LENGTH;
  return route.route.mtu ?? Math.min(device, IPV4_MAXIMUM_LENGTH);
}

/** Remembers that packets to `destination` must be smaller (RFC 1191; Linux: route.c, __ip_rt_update_pmtu). */
export function learnPathMtu(kernel: Kernel, destination: IpAddress, mtu: number): void {
  const found = kernel.fib.lookup({ destination });
  const old = found?.result ? routeMtu(kernel, found.result, destination) : IPV4_MAXIMUM_LENGTH;
  if (old < mtu) return;
  const least = sysctlNumber(kernel, 'net.ipv4.route.min_pmtu', LEAST);
  const seconds = sysctlNumber(kernel, 'net.ipv4.route.mtu_expires', EXPIRY_SECONDS);
  const id = `pmtu:${destination}`;
  const kept = mtu < least ? Math.min(old, least) : mtu;
  const known = kernel.pathMtus.get(destination);
  // What is known is not written again before half of its time is over.
  if (mtu >= least && known?.mtu === kept && known.expires - kernel.world.queue.now > (seconds * 1e9) / 2) return;
  const entry: PathMtu = { id, destination, mtu: kept, expires: kernel.world.queue.now + seconds * 1e9 };
  kernel.pathMtus.set(destination, entry);
  kernel.world.recorder.update({ netns: kernel.id, table: 'pathMtu', id, entry });
}
