import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Link } from '../datamodel/network/link.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { FdbEntry } from '../datamodel/network/tables.ts';

/** 224.0.0.1, which every IPv4 host listens to. */
const ALL_HOSTS = '01:00:5e:00:00:01';
/** 224.0.0.106, which a bridge with multicast snooping listens to (all-snoopers, RFC 4286). */
const ALL_SNOOPERS = '01:00:5e:00:00:6a';

/**
 * What `bridge fdb` prints, device by device: learned and written entries, the bridge's and its ports' own MACs, and the
 * multicast groups devices listen to, which follow from the link and have no entry of their own.
 */
export function printBridgeFdb(
  netns: Netns,
  runtime?: RuntimeTables,
  shows: (link: Link) => boolean = () => true,
): readonly PrintedLine[] {
  const entries = new Map<string, FdbEntry>();
  for (const entry of [...netns.fdb, ...(runtime?.fdb ?? [])]) {
    entries.set(`${entry.dev} ${entry.mac} ${entry.master ?? ''} ${entry.dst ?? ''}`, entry);
  }
  const byDevice = new Map<string, FdbEntry[]>();
  for (const entry of entries.values()) byDevice.set(entry.dev, [...(byDevice.get(entry.dev) ?? []), entry]);
  return [...netns.links]
    .sort((a, b) => a.index - b.index)
    .filter(shows)
    .flatMap((link) => deviceLines(link, byDevice.get(link.name) ?? []));
}

function deviceLines(link: Link, entries: readonly FdbEntry[]): readonly PrintedLine[] {
  const known = new Set(entries.map((entry) => entry.mac));
  // Newest first, in a hash chain: what was learned stands before what was written when the device came.
  const lines = [...entries]
    .sort((a, b) => Number(a.state !== 'reachable') - Number(b.state !== 'reachable'))
    .map((entry) => ({ text: printFdbEntry(entry), entry: entry.id }));
  const group = (mac: string): PrintedLine => ({ text: `${mac} dev ${link.name} self permanent` });
  // A bridge has its own MAC in its table, and that of every port.
  const own = (bridge: string): readonly PrintedLine[] =>
    known.has(link.mac) ? [] : [{ text: `${link.mac} dev ${link.name} master ${bridge} permanent` }];
  if (!link.up || link.kind === 'loopback') return lines;
  if (link.kind === 'bridge') return [group(ALL_SNOOPERS), group(ALL_HOSTS), ...lines, ...own(link.name)];
  // A VXLAN device answers with its forwarding table in place of its groups.
  if (link.kind === 'vxlan') return lines;
  return [...lines, ...(link.port ? own(link.port.bridge) : []), group(ALL_HOSTS)];
}

/** One line; a learned (reachable) entry's state is not named, which leaves a space at the end. */
export function printFdbEntry(entry: FdbEntry): string {
  const words = [`${entry.mac} dev ${entry.dev}`];
  if (entry.dst) words.push(`dst ${entry.dst}`);
  if (entry.self) words.push('self');
  if (entry.master) words.push(`master ${entry.master}`);
  words.push(entry.state === 'reachable' ? '' : entry.state);
  return words.join(' ');
}
