import { isTunnel } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { routeDevices } from '../../../datamodel/network/tables.ts';

/**
 * The links that lead out of a namespace: cables, tunnels, and whatever its default route leaves by.
 * They give packets their direction; no decision of the kernel depends on it.
 */
export function uplinks(netns: Netns): ReadonlySet<string> {
  const names = new Set<string>();
  for (const link of netns.links) if (link.kind === 'physical' || isTunnel(link)) names.add(link.name);
  for (const route of netns.routes) {
    if (route.destination.length === 0) for (const dev of routeDevices(route)) names.add(dev);
  }
  return names;
}
