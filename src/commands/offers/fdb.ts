import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { EntryId, FdbEntry } from '../../datamodel/network/tables.ts';
import { commandLine } from './quote.ts';

/** Of TEST-NET-1 (RFC 5737): no node has it. */
const NOBODYS_VTEP = '192.0.2.1';

/** What can be done to one forwarding entry, written or learned. */
export function fdbOffers(netns: Netns, runtime: RuntimeTables | undefined, entry: EntryId): readonly Offer[] {
  const found = [...(runtime?.fdb ?? []), ...netns.fdb].find(({ id }) => id === entry);
  if (found === undefined) return [];
  const { mac, dev, dst } = found;
  const line = (command: string, to: string | undefined): string =>
    commandLine('bridge', 'fdb', command, mac, 'dev', dev, ...(to === undefined ? [] : ['dst', to]), of(netns, found));
  return [
    { label: 'Delete this entry', line: line('del', dst), destructive: true },
    ...(dst !== undefined && dst !== NOBODYS_VTEP && !isGroup(mac)
      ? [{ label: 'Point it at a VTEP that nobody has', line: line('replace', NOBODYS_VTEP) }]
      : []),
  ];
}

/** What can be done to all entries of a bridge or a VXLAN device. */
export function fdbTableOffers({ links, fdb }: Netns, runtime: RuntimeTables | undefined): readonly Offer[] {
  const entries = [...(runtime?.fdb ?? []), ...fdb];
  const flushed = links.filter(
    ({ kind, name }) =>
      (kind === 'bridge' && entries.some(({ master }) => master === name)) ||
      (kind === 'vxlan' && entries.some(({ dev, self }) => dev === name && self)),
  );
  return flushed.map(({ name }) => ({
    label: `Flush forwarding entries of ${name}`,
    line: commandLine('bridge', 'fdb', 'flush', 'dev', name),
    destructive: true,
  }));
}

/** Whose table it is in: its own device's, or that of the bridge that the device is a port of. */
function of({ links }: Netns, { dev, master }: FdbEntry): 'self' | 'master' {
  return master !== undefined && links.some(({ name, port }) => name === dev && port?.bridge === master)
    ? 'master'
    : 'self';
}

/** The group bit, and the all-zero MAC that stands for all the rest. */
function isGroup(mac: string): boolean {
  return mac === '00:00:00:00:00:00' || Number.parseInt(mac.slice(1, 2), 16) % 2 === 1;
}
