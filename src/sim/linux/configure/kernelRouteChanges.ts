import type { InterfaceAddress, Route } from '../../../datamodel/network/tables.ts';
import { prefixContains } from '../../../wire/address.ts';
import { addressRoutes, routeKey } from '../route/kernelRoutes.ts';
import { linkOf, type NetnsState, withNetns, withRuntime } from './netnsState.ts';

/** Adds what the kernel derives from the addresses, where it is not there yet (fib_add_ifaddr). */
export function addKernelRoutes(state: NetnsState, addresses: readonly InterfaceAddress[]): NetnsState {
  const known = new Set(state.netns.routes.map(routeKey));
  const added = derived(state, addresses).filter((route) => !known.has(routeKey(route)));
  return added.length === 0 ? state : withNetns(state, { routes: [...state.netns.routes, ...added] });
}

/** The routes that the kernel derives from some of a namespace's addresses, as it stands. */
export function derived(state: NetnsState, addresses: readonly InterfaceAddress[]): readonly Route[] {
  const found = new Map<string, Route>();
  for (const address of addresses) {
    const link = linkOf(state, address.link);
    if (link === undefined) continue;
    for (const route of addressRoutes(address, link, state.netns.addresses)) found.set(routeKey(route), route);
  }
  return [...found.values()];
}

/** Takes routes out, and with them the path MTUs that were learned on them. */
export function dropRoutes(state: NetnsState, test: (route: Route) => boolean): NetnsState {
  const dropped = state.netns.routes.filter(test);
  if (dropped.length === 0) return state;
  const routes = state.netns.routes.filter((route) => !test(route));
  return forgetPathMtus(withNetns(state, { routes }), dropped);
}

/** What was learned about destinations belongs to the routes that led there. */
export function forgetPathMtus(state: NetnsState, routes: readonly Route[]): NetnsState {
  const pathMtus = state.runtime.pathMtus.filter(
    ({ destination }) => !routes.some((route) => prefixContains(route.destination, destination)),
  );
  return pathMtus.length === state.runtime.pathMtus.length ? state : withRuntime(state, { pathMtus });
}
