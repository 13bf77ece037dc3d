import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables, RuntimeUpdate } from '../datamodel/network/runtime.ts';
import type { EntryId } from '../datamodel/network/tables.ts';

/** What a namespace had learned at a moment of a conversation: what it knew before, and every update up to the step. */
export function tablesAt(
  conversation: Conversation,
  netns: NetnsId,
  step: number,
): { readonly tables: RuntimeTables | undefined; readonly time: number } {
  const before = conversation.before.get(netns);
  const steps = allSteps(conversation).filter((candidate) => candidate.id <= step);
  const changes = (conversation.changes ?? []).filter(({ after }) => after < step);
  const time = [...steps, ...changes].reduce((latest, each) => Math.max(latest, each.time), conversation.start);
  if (before === undefined) return { tables: undefined, time };
  const learned = steps.flatMap(({ id, updates }) => (updates ? [{ id, updates }] : []));
  // what was changed after a step comes after what the step itself did
  const changed = (conversation.changes ?? []).flatMap(({ after, updates }) =>
    after <= step ? [{ id: after + 0.5, updates }] : [],
  );
  const updates = [...learned, ...changed]
    .sort((a, b) => a.id - b.id)
    .flatMap((each) => each.updates)
    .filter((update) => update.netns === netns);
  return { tables: replay(before, updates), time };
}

function allSteps(conversation: Conversation): Step[] {
  return conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
}

function replay(before: RuntimeTables, updates: readonly RuntimeUpdate[]): RuntimeTables {
  const neighbors = byId(before.neighbors);
  const fdb = byId(before.fdb);
  const conntrack = byId(before.conntrack);
  const pathMtus = byId(before.pathMtus);
  const ipvs = byId(before.ipvs ?? []);
  const scheduling = byId(before.scheduling ?? []);
  const ebpf = byId(before.ebpf ?? []);
  const wireguard = byId(before.wireguard ?? []);
  for (const update of updates) {
    if (update.table === 'neighbor') put(neighbors, update.id, update.entry);
    else if (update.table === 'fdb') put(fdb, update.id, update.entry);
    else if (update.table === 'conntrack') put(conntrack, update.id, update.entry);
    else if (update.table === 'ipvs') put(ipvs, update.id, update.entry);
    else if (update.table === 'scheduling') put(scheduling, update.id, update.entry);
    else if (update.table === 'ebpf') put(ebpf, update.id, update.entry);
    else if (update.table === 'wireguard') put(wireguard, update.id, update.entry);
    else put(pathMtus, update.id, update.entry);
  }
  return {
    neighbors: [...neighbors.values()],
    fdb: [...fdb.values()],
    conntrack: [...conntrack.values()],
    pathMtus: [...pathMtus.values()],
    recent: before.recent,
    ...(ipvs.size > 0 && { ipvs: [...ipvs.values()] }),
    ...(scheduling.size > 0 && { scheduling: [...scheduling.values()] }),
    ...(ebpf.size > 0 && { ebpf: [...ebpf.values()] }),
    ...(wireguard.size > 0 && { wireguard: [...wireguard.values()] }),
  };
}

function byId<T extends { readonly id: EntryId }>(entries: readonly T[]): Map<EntryId, T> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

function put<T>(entries: Map<EntryId, T>, id: EntryId, entry: T | undefined): void {
  if (entry === undefined) entries.delete(id);
  else entries.set(id, entry);
}
