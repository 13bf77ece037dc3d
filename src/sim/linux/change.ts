import type { TableChange } from '../../datamodel/flow/trace.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { fdbKey } from './bridge/fdb.ts';
import { liveConnections, removeIpvs } from './ipvs/connectionTable.ts';
import { isWithoutServer } from './ipvs/serviceTable.ts';
import type { Kernel } from './kernel.ts';
import { abandonWaiting } from './neighbor/resolve.ts';
import { neighborKey } from './neighbor/table.ts';
import { insertConnection, removeConnection } from './netfilter/connectionTable.ts';
import { fromConntrackEntry } from './netfilter/conntrackEntry.ts';
import { reconfigure } from './reconfigure.ts';
import { remainsOf } from './remains.ts';

/** Tables that change while packets are under way. */
export interface RunChange {
  /** The step after which it happens. */
  readonly after: number;
  /** Every namespace's configuration from then on. */
  readonly netns: (id: NetnsId) => Netns | undefined;
  /** What it does to what kernels have learned: the difference between two states of their tables. */
  readonly learned: ReadonlyMap<NetnsId, LearnedChange>;
  /** What is written later by itself from then on, in place of what was to be. */
  readonly later?: readonly LaterChange[];
}

/** What somebody writes into namespaces at a time of their own, whatever packets do meanwhile. */
export interface LaterChange {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** Every namespace's configuration from then on. */
  readonly netns: (id: NetnsId) => Netns | undefined;
}

export interface LearnedChange {
  readonly before: RuntimeTables;
  readonly after: RuntimeTables;
}

/** Makes a change in the kernels that run. @returns what it did, for the record. */
export function changeKernels(
  kernels: Iterable<Kernel>,
  change: Pick<RunChange, 'after' | 'netns' | 'learned'>,
  time: number,
): TableChange {
  const updates = [...kernels].flatMap((kernel) => {
    const netns = change.netns(kernel.id);
    if (netns && netns !== kernel.config) {
      reconfigure(kernel, netns);
      forgetGone(kernel);
    }
    const learned = change.learned.get(kernel.id);
    if (learned) changeLearned(kernel, learned);
    return kernel.world.recorder.takePending();
  });
  return { after: change.after, time, updates };
}

/** Forgets what belonged to tables that are not there any more. */
function forgetGone(kernel: Kernel): void {
  const { recorder } = kernel.world;
  const { hasList, hasVirtualServer, hasPrograms, hasPeer } = remainsOf(kernel.config);
  for (const name of kernel.recent.keys()) if (!hasList(name)) kernel.recent.delete(name);
  for (const id of kernel.ipvs.scheduling.keys()) {
    if (hasVirtualServer(id)) continue;
    kernel.ipvs.scheduling.delete(id);
    recorder.update({ netns: kernel.id, table: 'scheduling', id });
  }
  for (const connection of liveConnections(kernel))
    if (isWithoutServer(kernel.config, connection)) removeIpvs(kernel, connection);
  for (const id of hasPrograms ? [] : kernel.ebpf.keys()) {
    kernel.ebpf.delete(id);
    recorder.update({ netns: kernel.id, table: 'ebpf', id });
  }
  for (const [id, session] of kernel.wireguard) {
    if (hasPeer(session)) continue;
    kernel.wireguard.delete(id);
    recorder.update({ netns: kernel.id, table: 'wireguard', id });
  }
}

function changeLearned(kernel: Kernel, { before, after }: LearnedChange): void {
  const { recorder } = kernel.world;
  const neighbors = difference(before.neighbors, after.neighbors);
  for (const entry of neighbors.gone) {
    const key = neighborKey(entry.dev, entry.address);
    const slot = kernel.neighbors.get(key);
    if (slot?.entry.id !== entry.id) continue;
    kernel.neighbors.delete(key);
    recorder.update({ netns: kernel.id, table: 'neighbor', id: entry.id });
    abandonWaiting(kernel, slot);
  }
  for (const entry of neighbors.come) {
    const key = neighborKey(entry.dev, entry.address);
    const slot = kernel.neighbors.get(key);
    if (slot) slot.entry = entry;
    else kernel.neighbors.set(key, { entry, waiting: [], probes: 0 });
    recorder.update({ netns: kernel.id, table: 'neighbor', id: entry.id, entry });
  }
  const fdb = difference(before.fdb, after.fdb);
  for (const entry of fdb.gone) {
    const key = fdbKey(entry.master ?? entry.dev, entry.mac);
    if (kernel.fdb.get(key)?.id !== entry.id) continue;
    kernel.fdb.delete(key);
    recorder.update({ netns: kernel.id, table: 'fdb', id: entry.id });
  }
  for (const entry of fdb.come) {
    kernel.fdb.set(fdbKey(entry.master ?? entry.dev, entry.mac), entry);
    recorder.update({ netns: kernel.id, table: 'fdb', id: entry.id, entry });
  }
  const conntrack = difference(before.conntrack, after.conntrack);
  const ids = new Set(conntrack.gone.map((entry) => entry.id));
  for (const connection of new Set(kernel.connections.values()))
    if (ids.has(connection.id)) removeConnection(kernel, connection);
  for (const entry of conntrack.come) insertConnection(kernel, fromConntrackEntry(entry));
  const pathMtus = difference(before.pathMtus, after.pathMtus);
  for (const exception of pathMtus.gone) {
    if (kernel.pathMtus.delete(exception.destination))
      recorder.update({ netns: kernel.id, table: 'pathMtu', id: exception.id });
  }
  for (const entry of pathMtus.come) {
    kernel.pathMtus.set(entry.destination, entry);
    recorder.update({ netns: kernel.id, table: 'pathMtu', id: entry.id, entry });
  }
}

function difference<T extends { readonly id: EntryId }>(
  before: readonly T[],
  after: readonly T[],
): { readonly gone: readonly T[]; readonly come: readonly T[] } {
  const old = new Set(before);
  const left = new Set(after.map((entry) => entry.id));
  return { gone: before.filter((entry) => !left.has(entry.id)), come: after.filter((entry) => !old.has(entry)) };
}
