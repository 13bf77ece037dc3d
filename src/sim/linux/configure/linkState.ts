import { type InterfaceAddress, routeDevices } from '../../../datamodel/network/tables.ts';
import { ipAddress } from '../../../wire/address.ts';
import { addKernelRoutes, dropRoutes } from './kernelRouteChanges.ts';
import { linkOf, type NetnsState, withNetns, without, withRuntime } from './netnsState.ts';

/** The kernel's routes come back with the device; those that others wrote do not (Linux: net/ipv4/devinet.c, inetdev_event). */
export function bringUp(state: NetnsState, dev: string): NetnsState {
  const own = (addresses: readonly InterfaceAddress[]) => addresses.filter((address) => address.link === dev);
  if (linkOf(state, dev)?.kind !== 'loopback' || own(state.netns.addresses).length > 0)
    return addKernelRoutes(state, own(state.netns.addresses));
  const local: InterfaceAddress = {
    id: `kernel:${dev}:127.0.0.1`,
    owner: 'kernel',
    link: dev,
    address: ipAddress('127.0.0.1'),
    prefixLength: 8,
    scope: 'host',
  };
  return addKernelRoutes(withNetns(state, { addresses: [local, ...state.netns.addresses] }), [local]);
}

/**
 * All routes over the device go, but for the host's own addresses; so do its neighbours, and what a bridge has learned
 * behind it (Linux: fib_semantics.c, fib_sync_down_dev; neighbour.c, neigh_ifdown; br_stp_if.c, br_stp_disable_port).
 */
export function bringDown(state: NetnsState, dev: string): NetnsState {
  // a route with several next hops lives on while the device of one is up, and has the others back when theirs are
  const isDead = (each: string): boolean => each === dev || linkOf(state, each)?.up !== true;
  const routed = dropRoutes(state, (route) => {
    const devices = routeDevices(route);
    return route.type !== 'local' && devices.includes(dev) && devices.every(isDead);
  });
  const on = (entry: { readonly dev: string }): boolean => entry.dev === dev;
  const told = withNetns(routed, { neighbors: without(routed.netns.neighbors, on) });
  return withRuntime(told, {
    neighbors: without(told.runtime.neighbors, on),
    fdb: without(told.runtime.fdb, on),
  });
}
