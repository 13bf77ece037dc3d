import { keptWith } from '../../../../base/kept.ts';
import type { TimedDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpKernelRoute } from '../../../../datamodel/bgp/state.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import type { Topology } from '../../../../datamodel/network/topology.ts';
import { mainRoute } from '../../netnsParts.ts';
import type { NetworkBgp, RoutesByTime } from '../../network/provider.ts';
import type { PlannedNodes } from '../../nodePlan.ts';
import { bgpPlanOf } from './clusterBgpPlan.ts';
import { bgpRoutes } from './converge.ts';
import { routesInTime } from './routesInTime.ts';
import { namesOf } from './topologySite.ts';

const OWNER = 'bird';

/** What BIRDs have written into each namespace once all of them have settled. */
export function clusterRoutes(
  bgp: Pick<NetworkBgp, 'config' | 'announcedBy'>,
  planned: PlannedNodes,
  topology: Topology,
): ReadonlyMap<NetnsId, readonly Route[]> {
  const settled = bgpRoutes(bgpPlanOf(bgp, planned, topology));
  return new Map(
    [...namesOf(topology)].map(([netns, name]) => {
      const own = (settled.get(name) ?? []).filter(({ protocol }) => protocol === OWNER);
      return [netns, own.map(routeOf)];
    }),
  );
}

/** What becomes of BIRDs' routes in each namespace as time goes by. @param deeds what was done, in order. */
export function clusterRoutesInTime(
  bgp: Pick<NetworkBgp, 'config' | 'announcedBy'>,
  planned: PlannedNodes,
  topology: Topology,
  deeds: readonly TimedDeed[],
): RoutesByTime {
  const { changes, at } = routesInTime(bgpPlanOf(bgp, planned, topology), deeds, planned.settings.seed);
  const names = namesOf(topology);
  const asRoutes = keptWith((routes: readonly BgpKernelRoute[]) => routes.map(routeOf));
  return {
    changes,
    at: (netns, time) => {
      const routes = at(names.get(netns) ?? '', time);
      return routes && asRoutes(routes);
    },
  };
}

/** A route of BIRD's as a line of a namespace's main table. */
export function routeOf({ destination, type, nextHops, metric = 0 }: BgpKernelRoute): Route {
  const [hop, ...more] = nextHops;
  const one = hop && {
    dev: hop.device,
    ...(hop.gateway && { via: hop.gateway }),
    ...(hop.onlink && { onlink: true }),
  };
  const several = nextHops.map(({ gateway, device }) => ({ ...(gateway && { via: gateway }), dev: device, weight: 1 }));
  return {
    ...mainRoute(OWNER, destination, { type, ...(more.length === 0 && one) }),
    protocol: 'bird',
    metric,
    ...(more.length > 0 && { nexthops: several }),
  };
}
