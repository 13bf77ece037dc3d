import type { Route } from '../../../datamodel/network/tables.ts';
import { hostPrefix, type IpAddress, ipv4ToNumber } from '../../../wire/address.ts';
import type { Kernel, RouteOutput, RouteQuery } from '../kernel.ts';
import { nexthopByFlow } from '../route/multipath.ts';
import { eitherSysctl } from './sysctl.ts';

/** Id of a route that is in no table: a packet bound to a device is taken to find its destination on the link. */
export const ASSUMED_ROUTE = 'assumed';

/**
 * Where a packet made here goes (Linux: net/ipv4/route.c, ip_route_output_key_hash_rcu). A source, if given, must be
 * this host's own, or EINVAL; own destinations lead to lo.
 */
export function routeOutput(kernel: Kernel, query: RouteQuery): RouteOutput {
  const { source } = query;
  if (source !== undefined && kernel.fib.addressType(source) !== 'LOCAL') {
    return { ok: false, error: 'EINVAL' };
  }
  return routeAnySource(kernel, query);
}

/** As {@link routeOutput}, for packets whose source may be anybody's, such as those that netfilter has changed. */
export function routeAnySource(kernel: Kernel, query: RouteQuery): RouteOutput {
  if (ipv4ToNumber(query.destination) >>> 24 === 0) return { ok: false, error: 'ENETUNREACH' };
  const found = kernel.fib.lookup({ nexthop: nexthopByFlow(kernel, query), ...query });
  if (found === undefined) return assumeOnLink(kernel, query);
  const { route, result } = found;
  if (result) {
    const { source = result.source } = query;
    if (source !== undefined && strandedOnLoopback(kernel, source, result.dev)) return { ok: false, error: 'EINVAL' };
    return { ok: true, route: source === result.source ? result : { ...result, source } };
  }
  switch (route.type) {
    case 'blackhole':
      return { ok: false, error: 'EINVAL', entry: route };
    case 'prohibit':
      return { ok: false, error: 'EACCES', entry: route };
    case 'unreachable':
      return { ok: false, error: 'EHOSTUNREACH', entry: route };
    default:
      return { ok: false, error: 'ENETUNREACH', entry: route };
  }
}

/** 127/8 leaves by lo only, unless the device may carry it (__mkroute_output). */
function strandedOnLoopback(kernel: Kernel, source: IpAddress, device: string): boolean {
  if (ipv4ToNumber(source) >>> 24 !== 127 || kernel.links.get(device)?.kind === 'loopback') return false;
  return !eitherSysctl(kernel, device, 'route_localnet');
}

function assumeOnLink(kernel: Kernel, { destination, source, outputDevice }: RouteQuery): RouteOutput {
  const link = outputDevice === undefined ? undefined : kernel.links.get(outputDevice);
  if (link === undefined || !link.up) return { ok: false, error: 'ENETUNREACH' };
  const route: Route = {
    id: ASSUMED_ROUTE,
    owner: 'kernel',
    table: 254,
    type: 'unicast',
    destination: hostPrefix(destination),
    dev: link.name,
    scope: 'link',
    metric: 0,
    protocol: 'kernel',
  };
  const chosen = source ?? kernel.fib.selectSource(link.name, destination, 'link');
  return { ok: true, route: { route, dev: link.name, nextHop: destination, source: chosen } };
}
