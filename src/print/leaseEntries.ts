import type { LeaseEntries } from '../datamodel/cluster/lease.ts';
import type { EntryRef } from '../datamodel/flow/step.ts';
import type { WireguardPeer } from '../datamodel/network/link.ts';
import { formatPrefix } from '../wire/address.ts';
import { printFdbEntry } from './bridgeFdb.ts';
import { printNeighbor } from './ipNeigh.ts';
import { printRoute } from './ipRoute.ts';

/** A line of a table, and where it stands; a WireGuard device's peers are in no table that has a place. */
export interface LeaseLine {
  readonly text: string;
  readonly place?: EntryRef;
}

/** What flanneld has written from a lease, as `ip route`, `ip neigh`, `bridge fdb` and `wg set` put it. */
export function printLeaseEntries({ netns, routes, neighbors, fdb, peers }: LeaseEntries): readonly LeaseLine[] {
  return [
    ...routes.map((route) => ({
      text: printRoute(route).trim(),
      place: { netns, table: 'route', id: route.id } as const,
    })),
    ...neighbors.map((entry) => ({
      text: printNeighbor(entry).trim(),
      place: { netns, table: 'neighbor', id: entry.id } as const,
    })),
    ...fdb.map((entry) => ({ text: printFdbEntry(entry), place: { netns, table: 'fdb', id: entry.id } as const })),
    ...peers.map(({ dev, peer }) => ({ text: printPeer(dev, peer) })),
  ];
}

function printPeer(dev: string, { publicKey, endpoint, allowedIps, persistentKeepalive }: WireguardPeer): string {
  const words = [`${dev} peer ${publicKey}`];
  if (endpoint) words.push(`endpoint ${endpoint.address}:${endpoint.port}`);
  if (persistentKeepalive > 0) words.push(`persistent-keepalive ${persistentKeepalive}`);
  words.push(`allowed-ips ${allowedIps.map(formatPrefix).join(',')}`);
  return words.join(' ');
}
