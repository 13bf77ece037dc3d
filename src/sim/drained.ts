import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { DrainedServer, Drainer, KnownConnections } from './controlplane/kubeproxy/drainer.ts';

/** What proxies have taken away from new connections, by the namespaces of their nodes. */
export type Drained = ReadonlyMap<NetnsId, readonly DrainedServer[]>;

/** What kernels know at a time, in virtual nanoseconds. */
export interface Known {
  readonly learned: (id: NetnsId) => RuntimeTables;
  readonly time: number;
}

/** A cluster's proxies in the mode that is in force. */
export interface DrainingProxies {
  /** undefined: the mode has none. */
  readonly drainer: Drainer | undefined;
  readonly nodes: readonly NetnsId[];
  /** Those of the nodes whose proxy runs: another does nothing. */
  readonly running: ReadonlySet<NetnsId>;
}

/** What is drained once the proxies that run have synced from one state of their tables to the next. */
export function drainedBySync(
  former: Drained,
  proxies: DrainingProxies,
  known: Known,
  tables: Readonly<Record<'former' | 'next', (id: NetnsId) => Netns | undefined>>,
): Drained {
  return onNodes(former, proxies, known, (drainer, drained, seen, id) => {
    const next = tables.next(id);
    return next ? drainer.sync(tables.former(id), next, drained, seen) : drained;
  });
}

/** What is still drained at a later time. */
export function stillDrained(drained: Drained, proxies: DrainingProxies, known: Known): Drained {
  if (drained.size === 0) return drained;
  return onNodes(drained, proxies, known, (drainer, own, seen) => drainer.left(own, seen));
}

function onNodes(
  former: Drained,
  { drainer, nodes, running }: DrainingProxies,
  { learned, time: now }: Known,
  change: (
    drainer: Drainer,
    drained: readonly DrainedServer[],
    seen: KnownConnections,
    id: NetnsId,
  ) => readonly DrainedServer[],
): Drained {
  const drained = new Map<NetnsId, readonly DrainedServer[]>();
  if (drainer === undefined) return drained;
  for (const id of nodes) {
    const known = former.get(id) ?? [];
    const connections = learned(id).ipvs ?? [];
    if (known.length + connections.length === 0) continue;
    const next = running.has(id) ? change(drainer, known, { connections, now }, id) : known;
    if (next.length > 0) drained.set(id, next);
  }
  return drained;
}
