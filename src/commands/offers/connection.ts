import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { ConntrackEntry, RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { familyOf } from '../../wire/address.ts';
import { commandLine } from './quote.ts';

const NAMES = new Map<number, string>([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);
const WITH_PORTS = [6, 17, 132];

/** What can be done to one connection; it is named by its first direction. */
export function connectionOffers(runtime: RuntimeTables | undefined, entry: EntryId): readonly Offer[] {
  const connection = runtime?.conntrack.find(({ id }) => id === entry);
  if (connection === undefined || familyOf(connection.original.source) !== 'IPv4') return [];
  const { protocol, source, destination, sourcePort, destinationPort } = connection.original;
  const ends = ['-p', nameOf(protocol), '-s', source, '-d', destination];
  const ports = WITH_PORTS.includes(protocol) ? ['--sport', sourcePort, '--dport', destinationPort] : [];
  const alike = `all ${nameOf(protocol)} between these two`;
  return [
    {
      label: ports.length > 0 ? 'Delete this connection' : `Delete this connection: ${alike}`,
      line: commandLine('conntrack', '-D', ...ends, ...ports),
      destructive: true,
    },
    ...(ports.length > 0
      ? [{ label: `Delete ${alike}`, line: commandLine('conntrack', '-D', ...ends), destructive: true } as const]
      : []),
  ];
}

/** What can be done to all connections. */
export function connectionTableOffers(runtime: RuntimeTables | undefined): readonly Offer[] {
  const entries: readonly ConntrackEntry[] = runtime?.conntrack ?? [];
  if (entries.length === 0) return [];
  const protocols = [...new Set(entries.map(({ original }) => original.protocol))];
  const some = protocols.map(
    (protocol): Offer => ({
      label: `Delete all ${nameOf(protocol)} connections`,
      line: commandLine('conntrack', '-D', '-p', nameOf(protocol)),
      destructive: true,
    }),
  );
  return [{ label: 'Delete all connections', line: 'conntrack -F', destructive: true }, ...some];
}

function nameOf(protocol: number): string {
  return NAMES.get(protocol) ?? String(protocol);
}
