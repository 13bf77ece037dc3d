import type { ConntrackEntry, ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import type { Kernel } from '../kernel.ts';
import type { Connection } from './connection.ts';
import { fromConntrackEntry, toConntrackEntry } from './conntrackEntry.ts';
import { sameTuple, tupleKey } from './tuple.ts';

/** The confirmed connection with this tuple in either direction; one that has timed out is removed first. */
export function findConnection(kernel: Kernel, tuple: ConntrackTuple): Connection | undefined {
  const found = kernel.connections.get(tupleKey(tuple));
  if (found === undefined || found.expires > kernel.world.queue.now) return found;
  removeConnection(kernel, found);
  return undefined;
}

/** Whether another connection than `own` already answers to the tuple (nf_conntrack_tuple_taken). */
export function isTupleTaken(kernel: Kernel, tuple: ConntrackTuple, own: Connection): boolean {
  const found = findConnection(kernel, tuple);
  return found !== undefined && found !== own && !sameTuple(found.original, own.original);
}

/** Puts the connection where packets of both directions find it, and publishes it. */
export function insertConnection(kernel: Kernel, connection: Connection): void {
  connection.confirmed = true;
  kernel.connections.set(tupleKey(connection.original), connection);
  kernel.connections.set(tupleKey(connection.reply), connection);
  publishConnection(kernel, connection);
}

/** Takes the connection out (nf_ct_kill). Packets that carry it already keep it to their end. */
export function removeConnection(kernel: Kernel, connection: Connection): void {
  let found = false;
  for (const key of [tupleKey(connection.original), tupleKey(connection.reply)]) {
    if (kernel.connections.get(key) !== connection) continue;
    kernel.connections.delete(key);
    found = true;
  }
  if (found) kernel.world.recorder.update({ netns: kernel.id, table: 'conntrack', id: connection.id });
}

export function isInTable(kernel: Kernel, connection: Connection): boolean {
  return kernel.connections.get(tupleKey(connection.original)) === connection;
}

/** Says what the connection is like now, for the step to come. */
export function publishConnection(kernel: Kernel, connection: Connection): void {
  if (!isInTable(kernel, connection)) return;
  const entry = toConntrackEntry(connection);
  kernel.world.recorder.update({ netns: kernel.id, table: 'conntrack', id: connection.id, entry });
}

/** Puts back what an earlier run left in the table. Nothing is published: nobody learns anything new. */
export function restoreConnections(kernel: Kernel, entries: readonly ConntrackEntry[]): void {
  for (const entry of entries) {
    const connection = fromConntrackEntry(entry);
    kernel.connections.set(tupleKey(connection.original), connection);
    kernel.connections.set(tupleKey(connection.reply), connection);
  }
}
