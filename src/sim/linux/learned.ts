import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { Kernel } from './kernel.ts';
import { lateParts } from './lateParts.ts';
import { toConntrackEntry } from './netfilter/conntrackEntry.ts';

export const NOTHING_LEARNED: RuntimeTables = { neighbors: [], fdb: [], conntrack: [], pathMtus: [], recent: [] };

/** What a kernel has learned, as data: everything that its configuration does not say. Expired entries are left out. */
export function learnedTables(kernel: Kernel): RuntimeTables {
  const { now } = kernel.world.queue;
  const written = new Set([...kernel.config.neighbors, ...kernel.config.fdb].map((entry) => entry.id));
  const ebpf = [...kernel.ebpf.values()].filter((entry) => entry.expires > now);
  const wireguard = [...kernel.wireguard.values()].filter((entry) => entry.expires > now);
  const connections = new Set(kernel.connections.values());
  const ipvs = kernel.ipvs.connections.size > 0 ? lateParts().listIpvs(kernel) : [];
  const scheduling = [...kernel.ipvs.scheduling.values()];
  return {
    neighbors: [...kernel.neighbors.values()].map((slot) => slot.entry).filter((entry) => !written.has(entry.id)),
    fdb: [...kernel.fdb.values()].filter((entry) => !written.has(entry.id)),
    conntrack: [...connections].filter((connection) => connection.expires > now).map(toConntrackEntry),
    pathMtus: [...kernel.pathMtus.values()].filter((exception) => exception.expires > now),
    recent: [...kernel.recent].flatMap(([list, seen]) =>
      [...seen].map(([address, at]) => ({ list, address, seen: at })),
    ),
    ...(ipvs.length > 0 && { ipvs }),
    ...(scheduling.length > 0 && { scheduling }),
    ...(ebpf.length > 0 && { ebpf }),
    ...(wireguard.length > 0 && { wireguard }),
  };
}
