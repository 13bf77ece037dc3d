import type { EndpointRoute, EndpointRoutes } from '../../../../datamodel/network/ebpfEndpoint.ts';
import { type IpAddress, ipv4FromNumber, ipv4Mask, ipv4ToNumber } from '../../../../wire/address.ts';
import type { ProgramRun } from '../programRun.ts';

/** Whose an address is (Felix: bpf-gpl/routes.h, cali_rt_lookup): one lookup in a trie. */
export function routeOf(
  { lookup }: Pick<ProgramRun, 'lookup'>,
  routes: EndpointRoutes,
  address: IpAddress,
): EndpointRoute | undefined {
  lookup.lookups++;
  return endpointRoute(routes, address);
}

export function endpointRoute({ lengths, byPrefix }: EndpointRoutes, address: IpAddress): EndpointRoute | undefined {
  const value = ipv4ToNumber(address);
  for (const length of lengths) {
    const found = byPrefix.get(`${ipv4FromNumber((value & ipv4Mask(length)) >>> 0)}/${length}`);
    if (found) return found;
  }
  return undefined;
}

export function isLocalHost(route: EndpointRoute | undefined): boolean {
  return route?.of === 'host' && route.local;
}

export function isRemoteHost(route: EndpointRoute | undefined): boolean {
  return route?.of === 'host' && !route.local;
}

export function isLocalWorkload(route: EndpointRoute | undefined): boolean {
  return route?.of === 'workload' && route.local;
}

export function isRemoteWorkload(route: EndpointRoute | undefined): boolean {
  return route?.of === 'workload' && !route.local;
}

/** Whether what a Pod of such a pool sends there is to leave with the node's address. */
export function needsNatOutgoing(to: EndpointRoute | undefined): boolean {
  return !(to?.inPool || isLocalHost(to));
}
