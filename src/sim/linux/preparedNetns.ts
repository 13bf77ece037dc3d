import type { Netns } from '../../datamodel/network/netns.ts';
import type { FibTable, Kernel } from './kernel.ts';
import { buildFib } from './route/fib.ts';
import { uplinks } from './route/uplinks.ts';

/** What a kernel makes of its configuration to find things quickly. */
export interface PreparedNetns {
  readonly links: Kernel['links'];
  readonly uplinks: Kernel['uplinks'];
  readonly fib: FibTable;
}

/** Indexes of a configuration, kept as long as it is: runs on the same cluster share them. */
const prepared = new WeakMap<Netns, PreparedNetns>();

export function prepareNetns(netns: Netns): PreparedNetns {
  const known = prepared.get(netns);
  if (known) return known;
  const made: PreparedNetns = {
    links: new Map(netns.links.map((link) => [link.name, link])),
    uplinks: uplinks(netns),
    fib: buildFib(netns),
  };
  prepared.set(netns, made);
  return made;
}
