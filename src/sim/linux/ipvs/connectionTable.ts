import type { IpvsConnection, IpvsScheduling, RuntimeTables } from '../../../datamodel/network/runtime.ts';
import type { Kernel } from '../kernel.ts';
import { findConnection, removeConnection } from '../netfilter/connectionTable.ts';
import type { IpvsState, LiveConnection } from './connection.ts';
import { keysOf } from './connection.ts';
import { SECOND, timeoutOf } from './timeouts.ts';

/** A template that connections still need is asked again after this time (ip_vs_conn_expire). */
const KEPT_FOR = 60 * SECOND;

/** What an earlier run left behind, ready for another. */
export function restoreIpvs(learned: RuntimeTables): IpvsState {
  const connections = new Map<string, LiveConnection>();
  for (const entry of learned.ipvs ?? []) {
    const connection = { ...entry, timeout: timeoutOf(entry) };
    for (const key of keysOf(entry)) connections.set(key, connection);
  }
  return { connections, scheduling: new Map((learned.scheduling ?? []).map((entry) => [entry.id, entry])) };
}

/** The connection or template of a key; one whose time is over goes first, and takes its conntrack entry along. */
export function findIpvs(kernel: Kernel, key: string): LiveConnection | undefined {
  const found = kernel.ipvs.connections.get(key);
  if (found === undefined || found.expires > kernel.world.queue.now) return found;
  if (found.template && isNeeded(kernel, found)) {
    found.expires = kernel.world.queue.now + KEPT_FOR;
    return found;
  }
  removeIpvs(kernel, found);
  return undefined;
}

export function insertIpvs(kernel: Kernel, connection: LiveConnection): void {
  for (const key of keysOf(connection)) kernel.ipvs.connections.set(key, connection);
}

/** ip_vs_conn_expire_now: with the connection, what conntrack knows of it. */
export function removeIpvs(kernel: Kernel, connection: LiveConnection): void {
  const { connections } = kernel.ipvs;
  for (const key of keysOf(connection)) if (connections.get(key) === connection) connections.delete(key);
  kernel.world.recorder.update({ netns: kernel.id, table: 'ipvs', id: connection.id });
  const { protocol, client, virtual, tracked, template } = connection;
  if (!tracked || template) return;
  const known = findConnection(kernel, {
    protocol,
    source: client.address,
    destination: virtual.address,
    sourcePort: client.port,
    destinationPort: virtual.port,
  });
  if (known) removeConnection(kernel, known);
}

/** A packet has used the connection, and its time begins anew (ip_vs_conn_put); the change is published. */
export function touchIpvs(kernel: Kernel, connection: LiveConnection): void {
  connection.expires = kernel.world.queue.now + connection.timeout;
  kernel.world.recorder.update({
    netns: kernel.id,
    table: 'ipvs',
    id: connection.id,
    entry: toIpvsConnection(connection),
  });
}

export function noteScheduling(kernel: Kernel, entry: IpvsScheduling): void {
  kernel.ipvs.scheduling.set(entry.id, entry);
  kernel.world.recorder.update({ netns: kernel.id, table: 'scheduling', id: entry.id, entry });
}

/** Connections and templates as data, once each. Expired ones are left out. */
export function listIpvs(kernel: Kernel): readonly IpvsConnection[] {
  const { now } = kernel.world.queue;
  return [...liveConnections(kernel)]
    .filter((entry) => entry.expires > now || (entry.template && isNeeded(kernel, entry)))
    .map(toIpvsConnection);
}

export function liveConnections(kernel: Kernel): ReadonlySet<LiveConnection> {
  return new Set(kernel.ipvs.connections.values());
}

function isNeeded(kernel: Kernel, template: LiveConnection): boolean {
  const { now } = kernel.world.queue;
  return [...liveConnections(kernel)].some((each) => each.controller === template.id && each.expires > now);
}

function toIpvsConnection({ timeout: _, ...connection }: LiveConnection): IpvsConnection {
  return connection;
}
