import { ok } from '../../../base/result.ts';
import type { RouteDeletion, RouteFlush, RouteWrite } from '../../../datamodel/network/edit.ts';
import { LOCAL_TABLE, MAIN_TABLE, type Nexthop, type Route } from '../../../datamodel/network/tables.ts';
import { type IpPrefix, networkOf } from '../../../wire/address.ts';
import { dropRoutes, forgetPathMtus } from './kernelRouteChanges.ts';
import {
  type EditResult,
  linkOf,
  type NetnsState,
  type NewId,
  noDevice,
  refuse,
  USER,
  withNetns,
} from './netnsState.ts';
import { resolveNexthop } from './nexthop.ts';
import { selectRoutes } from './routeSelection.ts';

/** RTAX_MTU cannot be more (net/ipv4/metrics.c). */
const MOST_MTU = 65535 - 15;

/** `ip route add` and its relatives (Linux: net/ipv4/fib_trie.c, fib_table_insert). */
export function writeRoute(state: NetnsState, { mode, route: wanted }: RouteWrite, newId: NewId): EditResult {
  if (wanted.dev !== undefined && linkOf(state, wanted.dev) === undefined) return noDevice(wanted.dev);
  if (!isNetwork(wanted.destination)) return refuse('EINVAL', 'Invalid prefix for given prefix length');
  const resolved = resolveNexthop(state, wanted);
  if (!resolved.ok) return resolved;
  const route: Route = {
    ...resolved.value,
    ...(wanted.mtu !== undefined && { mtu: Math.min(wanted.mtu, MOST_MTU) }),
    id: newId(),
    owner: USER,
  };
  const { routes } = state.netns;
  const siblings = routes.filter((other) => samePlace(other, route));
  const [first] = siblings;
  if (first === undefined) {
    return mode === 'change' ? refuse('ENOENT') : ok(put(state, route, routes.length));
  }
  const match = siblings.find((other) => sameRoute(other, route));
  switch (mode) {
    case 'add':
      return refuse('EEXIST');
    case 'replace':
    case 'change': {
      if (match !== undefined) return match === first ? ok(state) : refuse('EEXIST');
      const next = withNetns(state, { routes: routes.with(routes.indexOf(first), route) });
      return ok(forgetPathMtus(next, [route]));
    }
    case 'append':
      return match ? refuse('EEXIST') : ok(put(state, route, routes.indexOf(siblings.at(-1) ?? first) + 1));
    case 'prepend':
      return match ? refuse('EEXIST') : ok(put(state, route, routes.indexOf(first)));
  }
}

function put(state: NetnsState, route: Route, place: number): NetnsState {
  const next = withNetns(state, { routes: state.netns.routes.toSpliced(place, 0, route) });
  return forgetPathMtus(next, [route]);
}

/** `ip route del` (fib_table_delete): the first that agrees with what was said. */
export function deleteRoute(state: NetnsState, edit: RouteDeletion): EditResult {
  if (edit.dev !== undefined && linkOf(state, edit.dev) === undefined) return noDevice(edit.dev);
  const { routes } = state.netns;
  const known = edit.table === MAIN_TABLE || edit.table === LOCAL_TABLE;
  if (!known && !routes.some((route) => route.table === edit.table)) return refuse('ESRCH', 'FIB table does not exist');
  if (!isNetwork(edit.destination)) return refuse('EINVAL', 'Invalid prefix for given prefix length');
  const found = inOrder(routes).find(
    (route) =>
      route.table === edit.table &&
      samePrefix(route.destination, edit.destination) &&
      (edit.routeType === undefined || route.type === edit.routeType) &&
      (edit.scope === undefined || route.scope === edit.scope) &&
      (edit.source === undefined || route.source === edit.source) &&
      (edit.protocol === undefined || route.protocol === edit.protocol) &&
      (!edit.metric || route.metric === edit.metric) &&
      (edit.dev === undefined || route.dev === edit.dev) &&
      (edit.via === undefined || route.via === edit.via) &&
      (edit.nexthops === undefined || agreesWith(route, edit.nexthops)) &&
      (edit.mtu === undefined || route.mtu === edit.mtu),
  );
  return found ? ok(dropRoutes(state, (route) => route === found)) : refuse('ESRCH');
}

/** Routes of a prefix stand by their metric (fib_insert_alias). */
function inOrder(routes: readonly Route[]): readonly Route[] {
  return routes.toSorted((a, b) => a.metric - b.metric);
}

/** `ip route flush` deletes one by one what `ip route show` would list. */
export function flushRoutes(state: NetnsState, { selector }: RouteFlush): EditResult {
  if (selector.dev !== undefined && linkOf(state, selector.dev) === undefined) return noDevice(selector.dev);
  const meant = new Set(selectRoutes(state.netns.routes, selector));
  return ok(dropRoutes(state, (route) => meant.has(route)));
}

function samePlace(a: Route, b: Route): boolean {
  return a.table === b.table && a.metric === b.metric && samePrefix(a.destination, b.destination);
}

function sameRoute(a: Route, b: Route): boolean {
  return (
    a.type === b.type &&
    a.dev === b.dev &&
    a.via === b.via &&
    sameNexthops(a, b) &&
    a.source === b.source &&
    a.scope === b.scope &&
    a.protocol === b.protocol &&
    a.mtu === b.mtu &&
    JSON.stringify(a.encap) === JSON.stringify(b.encap) &&
    (a.onlink ?? false) === (b.onlink ?? false)
  );
}

function sameNexthops({ nexthops: a }: Route, { nexthops: b }: Route): boolean {
  if (a === undefined || b === undefined) return a === b;
  const same = (hop: Nexthop, i: number): boolean =>
    hop.via === b[i]?.via && hop.dev === b[i]?.dev && hop.weight === b[i]?.weight;
  return a.length === b.length && a.every(same);
}

/** Whether a route has the next hops that are named, as far as each says (fib_nh_match). */
function agreesWith({ nexthops = [] }: Route, named: NonNullable<RouteDeletion['nexthops']>): boolean {
  return (
    nexthops.length === named.length &&
    nexthops.every(({ via, dev, weight }, i) => {
      const said = named[i];
      return (
        said?.weight === weight &&
        (said.via === undefined || said.via === via) &&
        (said.dev === undefined || said.dev === dev)
      );
    })
  );
}

function samePrefix(a: IpPrefix, b: IpPrefix): boolean {
  return a.length === b.length && networkOf(a).address === networkOf(b).address;
}

function isNetwork(prefix: IpPrefix): boolean {
  return networkOf(prefix).address === prefix.address;
}
