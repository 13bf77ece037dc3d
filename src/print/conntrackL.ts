import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { ConntrackEntry, ConntrackTuple, RuntimeTables } from '../datamodel/network/runtime.ts';
import { familyOf } from '../wire/address.ts';

const PROTOCOLS = new Map<number, string>([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);
const ICMP = 1;
const NANOSECONDS = 1e9;

/**
 * What `conntrack -L -o extended` prints; without a runtime nothing has been tracked yet.
 *
 * @param now virtual nanoseconds, from which the seconds that an entry has left are counted.
 */
export function printConntrack(runtime: RuntimeTables | undefined, now: number): readonly PrintedLine[] {
  return (runtime?.conntrack ?? []).map((entry) => ({ text: printConntrackEntry(entry, now), entry: entry.id }));
}

/** One line: layer 3 and 4, seconds left, state, both tuples with `[UNREPLIED]` and `[ASSURED]` between and behind. */
export function printConntrackEntry(entry: ConntrackEntry, now: number): string {
  const { protocol } = entry.original;
  const family = familyOf(entry.original.source) === 'IPv4' ? 'ipv4     2' : 'ipv6     10';
  return [
    family,
    `${(PROTOCOLS.get(protocol) ?? 'unknown').padEnd(8)} ${protocol}`,
    Math.max(0, Math.floor((entry.expires - now) / NANOSECONDS)),
    ...(entry.tcpState ? [entry.tcpState] : []),
    ...(entry.sctpState ? [entry.sctpState] : []),
    printTuple(entry.original),
    ...(entry.seenReply ? [] : ['[UNREPLIED]']),
    printTuple(entry.reply),
    ...(entry.assured ? ['[ASSURED]'] : []),
    `mark=${entry.mark} use=1`,
  ].join(' ');
}

function printTuple(tuple: ConntrackTuple): string {
  const ends = `src=${tuple.source} dst=${tuple.destination}`;
  if (tuple.protocol !== ICMP) return `${ends} sport=${tuple.sourcePort} dport=${tuple.destinationPort}`;
  return `${ends} type=${tuple.icmp?.type ?? 0} code=${tuple.icmp?.code ?? 0} id=${tuple.sourcePort}`;
}
