import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { EntryId } from '../datamodel/network/tables.ts';
import type { EditRecord } from './edits.ts';
import type { LearnedChange } from './linux/change.ts';

/**
 * Takes back what a command did to learned tables, and leaves alone what was learned since: entries that it made go, those
 * that it removed or changed come back where nothing has taken their place.
 */
function undoLearned(now: RuntimeTables, before: RuntimeTables, after: RuntimeTables): RuntimeTables {
  return {
    neighbors: undo(now.neighbors, before.neighbors, after.neighbors, ({ dev, address }) => `${dev} ${address}`),
    fdb: undo(now.fdb, before.fdb, after.fdb, ({ dev, master, mac, dst }) => `${master ?? dev} ${mac} ${dst ?? ''}`),
    conntrack: undo(now.conntrack, before.conntrack, after.conntrack, ({ id }) => id),
    pathMtus: undo(now.pathMtus, before.pathMtus, after.pathMtus, ({ destination }) => destination),
    recent: now.recent,
    ...(now.ipvs && { ipvs: now.ipvs }),
    ...(now.scheduling && { scheduling: now.scheduling }),
    ...(now.ebpf && { ebpf: now.ebpf }),
    ...(now.wireguard && { wireguard: now.wireguard }),
  };
}

/** What kernels have learned once the records' commands are taken back, the last one first. */
export function learnedUndone(
  records: readonly EditRecord[],
  learned: (id: NetnsId) => RuntimeTables,
): ReadonlyMap<NetnsId, LearnedChange> {
  const changes = new Map<NetnsId, LearnedChange>();
  for (const record of records.toReversed()) {
    for (const [id, made] of record.learned) {
      const before = changes.get(id)?.before ?? learned(id);
      const now = changes.get(id)?.after ?? before;
      changes.set(id, { before, after: undoLearned(now, made.before, made.after) });
    }
  }
  return changes;
}

function undo<T extends { readonly id: EntryId }>(
  now: readonly T[],
  before: readonly T[],
  after: readonly T[],
  place: (entry: T) => string,
): readonly T[] {
  if (before === after) return now;
  const old = new Set(before);
  const kept = new Set(after);
  const made = new Set(after.filter((entry) => !old.has(entry)).map((entry) => entry.id));
  const left = now.filter((entry) => !made.has(entry.id));
  const taken = new Set(left.map(place));
  return [...left, ...before.filter((entry) => !kept.has(entry) && !taken.has(place(entry)))];
}
