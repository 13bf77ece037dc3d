import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import type { FdbEntry } from '../../../datamodel/network/tables.ts';
import type { MacAddress } from '../../../wire/address.ts';
import { isMulticastMac } from '../../../wire/ethernet.ts';
import { hasCarrier } from '../device/carrier.ts';
import type { Kernel } from '../kernel.ts';
import { isLocalMac, isPortOf, type PortLink } from './ports.ts';

/** Key of a forwarding entry: `owner` is the bridge, or the VXLAN device for its own entries. */
export function fdbKey(owner: string, mac: MacAddress): string {
  return `${owner} ${mac}`;
}

/** Indexes written and learned entries as a kernel keeps them. Later ones win, as a rewritten entry does. */
export function indexFdb(entries: readonly FdbEntry[]): Map<string, FdbEntry> {
  const index = new Map<string, FdbEntry>();
  for (const entry of entries) {
    if (entry.master !== undefined) index.set(fdbKey(entry.master, entry.mac), entry);
    else if (entry.dst !== undefined) index.set(fdbKey(entry.dev, entry.mac), entry);
  }
  return index;
}

export type FdbResult =
  /** The MAC of the bridge or of one of its ports, or an entry that was written as permanent: for this host. */
  | { readonly type: 'local'; readonly entry?: EntryRef }
  | { readonly type: 'port'; readonly port: PortLink; readonly entry: EntryRef };

/** Which port a MAC is behind (Linux: net/bridge/br_fdb.c, br_fdb_find). */
export function lookUpFdb(kernel: Kernel, bridge: Link, mac: MacAddress): FdbResult | undefined {
  const entry = kernel.fdb.get(fdbKey(bridge.name, mac));
  const ref = entry && ({ netns: kernel.id, table: 'fdb', id: entry.id } as const);
  if (entry?.state === 'permanent' || isLocalMac(kernel, bridge.name, mac))
    return { type: 'local', ...(ref && { entry: ref }) };
  const port = entry && kernel.links.get(entry.dev);
  // What was learned at a port is forgotten when the port loses its carrier (br_stp_disable_port).
  if (entry?.state === 'reachable' && port && !hasCarrier(kernel, port)) return undefined;
  return isPortOf(port, bridge.name) && ref ? { type: 'port', port, entry: ref } : undefined;
}

/** Remembers which port a source MAC came in by (Linux: br_fdb_update). Written entries and own MACs stay. */
export function learnFdb(kernel: Kernel, bridge: Link, port: Link, mac: MacAddress): void {
  const key = fdbKey(bridge.name, mac);
  const known = kernel.fdb.get(key);
  if (known !== undefined && (known.state !== 'reachable' || known.dev === port.name)) return;
  if (isMulticastMac(mac) || isLocalMac(kernel, bridge.name, mac)) return;
  const id = known?.id ?? `learned:${key}`;
  const entry: FdbEntry = { id, owner: 'kernel', dev: port.name, mac, master: bridge.name, state: 'reachable' };
  kernel.fdb.set(key, entry);
  kernel.world.recorder.update({ netns: kernel.id, table: 'fdb', id, entry });
}
