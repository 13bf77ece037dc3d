import { ok } from '../../../base/result.ts';
import type { LinkDeletion } from '../../../datamodel/network/edit.ts';
import { routeDevices } from '../../../datamodel/network/tables.ts';
import { dropRoutes } from './kernelRouteChanges.ts';
import { bringDown } from './linkState.ts';
import { leaveBridge } from './links.ts';
import {
  type EditResult,
  linkOf,
  type NetnsState,
  noDevice,
  refuse,
  withNetns,
  without,
  withRuntime,
} from './netnsState.ts';

/** `ip link delete`: the device goes with everything that was said about it. A veth's other end is its namespace's matter. */
export function deleteLink(state: NetnsState, { dev }: LinkDeletion): EditResult {
  const link = linkOf(state, dev);
  if (link === undefined) return noDevice(dev);
  if (link.kind === 'loopback' || link.kind === 'physical') return refuse('EOPNOTSUPP');
  // The module's own device stays, and nobody is told (net/ipv4/ip_tunnel.c, ip_tunnel_dellink).
  if (link.kind === 'ipip' && dev === 'tunl0') return ok(state);
  let next = bringDown(state, dev);
  for (const port of next.netns.links) if (port.port?.bridge === dev) next = leaveBridge(next, port, port.port);
  const own = linkOf(next, dev);
  if (own?.port) next = leaveBridge(next, own, own.port);
  next = dropRoutes(next, (route) => routeDevices(route).includes(dev));
  const behind = (entry: { readonly dev: string; readonly master?: string }): boolean =>
    entry.dev === dev || entry.master === dev;
  const { netns, runtime } = next;
  const gone = withNetns(next, {
    links: without(netns.links, (each) => each.name === dev),
    addresses: without(netns.addresses, (address) => address.link === dev),
    fdb: without(netns.fdb, behind),
    sysctls: Object.fromEntries(Object.entries(netns.sysctls).filter(([name]) => !isOfDevice(name, dev))),
  });
  return ok(withRuntime(gone, { fdb: without(runtime.fdb, behind) }));
}

/** `net.ipv4.conf.DEVICE.…`, where the device's dots are written as slashes. */
function isOfDevice(name: string, dev: string): boolean {
  const written = dev.replaceAll('.', '/');
  return name.startsWith(`net.ipv4.conf.${written}.`) || name.startsWith(`net.ipv4.neigh.${written}.`);
}
