import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { Neighbor } from '../datamodel/network/tables.ts';
import { compareAddresses } from '../wire/address.ts';

/**
 * What `ip neigh` prints: written and learned entries, without the NOARP ones it keeps to itself. The kernel's order is that
 * of a hash table; here it is by device and address.
 *
 * @param nameDevice false where everybody knows it: `ip neigh show dev eth0`.
 */
export function printIpNeigh(
  netns: Netns,
  runtime?: RuntimeTables,
  shows: (entry: Neighbor) => boolean = (entry) => entry.state !== 'NOARP',
  nameDevice = true,
): readonly PrintedLine[] {
  const entries = new Map<string, Neighbor>();
  for (const entry of [...netns.neighbors, ...(runtime?.neighbors ?? [])]) {
    entries.set(`${entry.dev} ${entry.address}`, entry);
  }
  const index = new Map(netns.links.map((link) => [link.name, link.index]));
  return [...entries.values()]
    .filter(shows)
    .sort((a, b) => (index.get(a.dev) ?? 0) - (index.get(b.dev) ?? 0) || compareAddresses(a.address, b.address))
    .map((entry) => ({ text: printNeighbor(entry, nameDevice), entry: entry.id }));
}

/** One line, with the space that iproute2 leaves at its end. */
export function printNeighbor({ address, dev, mac, state }: Neighbor, nameDevice = true): string {
  return `${address} ${nameDevice ? `dev ${dev} ` : ''}${mac ? `lladdr ${mac} ` : ''}${state} `;
}
