import type { RouteSelector } from '../../../datamodel/network/edit.ts';
import { type Route, routeDevices } from '../../../datamodel/network/tables.ts';
import { type IpPrefix, prefixContains } from '../../../wire/address.ts';

/** The routes that `ip route show` lists and `ip route flush` deletes, in the order given. */
export function selectRoutes(routes: readonly Route[], selector: RouteSelector): readonly Route[] {
  const { table, root, match, dev, via, source, protocol, scope, routeType, metric } = selector;
  return routes.filter(
    (route) =>
      (table === undefined || route.table === table) &&
      (root === undefined || within(root, route.destination)) &&
      (match === undefined || within(route.destination, match)) &&
      (dev === undefined || routeDevices(route).includes(dev)) &&
      (via === undefined || route.via === via || route.nexthops?.some((hop) => hop.via === via) === true) &&
      (source === undefined || route.source === source) &&
      (protocol === undefined || route.protocol === protocol) &&
      (scope === undefined || route.scope === scope) &&
      (routeType === undefined || route.type === routeType) &&
      (metric === undefined || route.metric === metric),
  );
}

function within(outer: IpPrefix, inner: IpPrefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.address);
}
