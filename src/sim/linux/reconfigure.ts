import type { Netns } from '../../datamodel/network/netns.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { indexFdb } from './bridge/fdb.ts';
import type { Kernel } from './kernel.ts';
import { indexNeighbors } from './neighbor/table.ts';
import { prepareNetns } from './preparedNetns.ts';

/**
 * Gives a running kernel another configuration. Packets under way meet it from their next look-up on, as readers under RCU
 * do; what the kernel has learned stays, except where a written entry takes its place.
 */
export function reconfigure(kernel: Kernel, netns: Netns): void {
  const before = kernel.config;
  if (before === netns) return;
  const { links, uplinks, fib } = prepareNetns(netns);
  kernel.config = netns;
  kernel.links = links;
  kernel.uplinks = uplinks;
  kernel.fib = fib;
  if (before.neighbors !== netns.neighbors) {
    const [gone, come] = changed(before.neighbors, netns.neighbors);
    for (const [key, slot] of kernel.neighbors) if (gone.has(slot.entry.id)) kernel.neighbors.delete(key);
    for (const [key, slot] of indexNeighbors(come)) {
      const known = kernel.neighbors.get(key);
      if (known) known.entry = slot.entry;
      else kernel.neighbors.set(key, slot);
    }
  }
  if (before.fdb !== netns.fdb) {
    const [gone, come] = changed(before.fdb, netns.fdb);
    for (const [key, entry] of kernel.fdb) if (gone.has(entry.id)) kernel.fdb.delete(key);
    for (const [key, entry] of indexFdb(come)) kernel.fdb.set(key, entry);
  }
  if (before.listeners !== netns.listeners) kernel.sockets.listen(netns.listeners);
}

/** Ids of what is not there any more, and what was not there before. */
function changed<T extends { readonly id: EntryId }>(
  before: readonly T[],
  after: readonly T[],
): readonly [ReadonlySet<EntryId>, readonly T[]] {
  const old = new Set(before);
  const left = new Set(after.map((entry) => entry.id));
  return [
    new Set(before.filter((entry) => !left.has(entry.id)).map((entry) => entry.id)),
    after.filter((entry) => !old.has(entry)),
  ];
}
