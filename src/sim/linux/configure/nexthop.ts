import { ok, type Result } from '../../../base/result.ts';
import type { Refusal, RouteWrite } from '../../../datamodel/network/edit.ts';
import { LOCAL_TABLE, MAIN_TABLE, type Nexthop, type Route, routeDevices } from '../../../datamodel/network/tables.ts';
import { type IpAddress, prefixContains } from '../../../wire/address.ts';
import { linkOf, type NetnsState, noDevice, refuse } from './netnsState.ts';

type WantedRoute = RouteWrite['route'];

/** rtnetlink's numbers: the smaller, the farther. */
const SCOPE = { global: 0, link: 253, host: 254 } as const;
/** How near a route of the type has to be at least (fib_props). */
const NEAREST = { unicast: 0, local: 254, broadcast: 253, blackhole: 0, unreachable: 0, prohibit: 0 } as const;

/**
 * Finds the device of a route that names only a gateway, and refuses what leads nowhere (Linux: net/ipv4/fib_semantics.c,
 * fib_create_info, fib_check_nh).
 */
export function resolveNexthop(
  state: NetnsState,
  { nexthops, ...wanted }: WantedRoute,
): Result<Omit<Route, 'id' | 'owner'>, Refusal> {
  if (NEAREST[wanted.type] > SCOPE[wanted.scope]) return refuse('EINVAL', 'Invalid scope');
  if (nexthops) return resolveNexthops(state, wanted, nexthops);
  const nexthop = nexthopOf(state, wanted);
  if (!nexthop.ok) return nexthop;
  if (wanted.source !== undefined && !isLocal(state, wanted.source)) return refuse('EINVAL', 'Invalid prefsrc address');
  const { onlink, ...rest } = wanted;
  const dev = nexthop.value;
  return ok({ ...rest, ...(dev !== undefined && { dev }), ...(onlink && { onlink }) });
}

/** One that is named alone is none of several: its route looks like any other. */
function resolveNexthops(
  state: NetnsState,
  wanted: Omit<WantedRoute, 'nexthops'>,
  nexthops: NonNullable<WantedRoute['nexthops']>,
): Result<Omit<Route, 'id' | 'owner'>, Refusal> {
  const found: Nexthop[] = [];
  for (const hop of nexthops) {
    const { via, dev } = hop;
    if (dev !== undefined && linkOf(state, dev) === undefined) return noDevice(dev);
    const resolved = nexthopOf(state, {
      ...wanted,
      ...(via !== undefined && { via }),
      ...(dev !== undefined && { dev }),
    });
    if (!resolved.ok) return resolved;
    if (resolved.value === undefined) return refuse('EINVAL');
    found.push({ ...(via !== undefined && { via }), dev: resolved.value, weight: hop.weight });
  }
  if (wanted.source !== undefined && !isLocal(state, wanted.source)) return refuse('EINVAL', 'Invalid prefsrc address');
  const [first, second] = found;
  if (first && second === undefined) {
    const { via, dev } = first;
    return ok({ ...wanted, dev, ...(via !== undefined && { via }) });
  }
  return ok({ ...wanted, nexthops: found });
}

function nexthopOf(state: NetnsState, wanted: Omit<WantedRoute, 'nexthops'>): Result<string | undefined, Refusal> {
  const { type, via, dev, scope, onlink } = wanted;
  if (type === 'blackhole' || type === 'unreachable' || type === 'prohibit') {
    if (via === undefined && dev === undefined) return ok(undefined);
    return refuse('EINVAL', 'Gateway, device and multipath can not be specified for this route type');
  }
  if (scope === 'host') {
    if (via !== undefined) return refuse('EINVAL', 'Route with host scope can not have a gateway');
    return dev === undefined ? refuse('ENODEV') : ok(dev);
  }
  if (via === undefined) return connected(state, wanted);
  return onlink ? onlinkGateway(state, wanted, via) : reachableGateway(state, wanted, via);
}

function connected(state: NetnsState, { dev, onlink }: WantedRoute): Result<string, Refusal> {
  if (onlink) return refuse('EINVAL', 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set');
  if (dev === undefined) return refuse('ENODEV');
  return linkOf(state, dev)?.up ? ok(dev) : refuse('ENETDOWN', 'Device for nexthop is not up');
}

function onlinkGateway(state: NetnsState, { dev, scope }: WantedRoute, via: IpAddress): Result<string, Refusal> {
  if (scope !== 'global') return refuse('EINVAL', 'Nexthop has invalid scope');
  if (dev === undefined) return refuse('ENODEV', 'Nexthop device required for onlink');
  if (!linkOf(state, dev)?.up) return refuse('ENETDOWN', 'Nexthop device is not up');
  const own = lookup(state, via, 254, undefined, [LOCAL_TABLE]);
  return own === undefined ? ok(dev) : refuse('EINVAL', 'Nexthop has invalid gateway');
}

/** A gateway must be on a link: only routes nearer than the new one lead to it. */
function reachableGateway(state: NetnsState, wanted: WantedRoute, via: IpAddress): Result<string, Refusal> {
  const nearest = Math.max(SCOPE.link, SCOPE[wanted.scope] + 1);
  const other = wanted.table === MAIN_TABLE ? [] : [wanted.table];
  const found = lookup(state, via, nearest, wanted.dev, [...other, LOCAL_TABLE, MAIN_TABLE]);
  if (found?.dev === undefined) return refuse('ENETUNREACH', 'Nexthop has invalid gateway');
  if (found.type !== 'unicast' && found.type !== 'local') return refuse('EINVAL', 'Nexthop has invalid gateway');
  return linkOf(state, found.dev)?.up ? ok(found.dev) : refuse('ENETDOWN');
}

/** The longest prefix in the first table that has one, among routes that are near enough. */
function lookup(
  state: NetnsState,
  address: IpAddress,
  nearest: number,
  dev: string | undefined,
  tables: readonly number[],
): Route | undefined {
  const alive = (route: Route): boolean => {
    const devices = routeDevices(route);
    return route.type === 'local' || devices.length === 0 || devices.some((each) => linkOf(state, each)?.up === true);
  };
  for (const table of tables) {
    const [best] = state.netns.routes
      .filter(
        (route) =>
          route.table === table &&
          SCOPE[route.scope] >= nearest &&
          (dev === undefined || routeDevices(route).includes(dev)) &&
          prefixContains(route.destination, address) &&
          alive(route),
      )
      .sort((a, b) => b.destination.length - a.destination.length || a.metric - b.metric);
    if (best) return best;
  }
  return undefined;
}

function isLocal(state: NetnsState, address: IpAddress): boolean {
  return state.netns.routes.some(
    (route) => route.table === LOCAL_TABLE && route.type === 'local' && prefixContains(route.destination, address),
  );
}
