import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { EbpfFlow, EbpfTuple } from '../datamodel/network/ebpfState.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { goDuration } from './goDuration.ts';

const NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.tcp, 'TCP'],
  [IpProtocol.udp, 'UDP'],
  [IpProtocol.icmp, 'ICMP'],
]);

/**
 * What `calico-node -bpf conntrack dump` prints (felix/cmd/calico-bpf/commands/conntrack.go): a line a connection, without the entries
 * that only lead to others.
 */
export function printCalicoConntrack(runtime: RuntimeTables | undefined, now: number): readonly PrintedLine[] {
  return (runtime?.ebpf ?? []).flatMap((entry) =>
    entry.type === 'flow' && entry.kind !== 'forward' && entry.expires > now
      ? [{ text: line(entry, now), entry: entry.id }]
      : [],
  );
}

function line(flow: EbpfFlow, now: number): string {
  const { tuple, original, tunnel, lastSeen } = flow;
  const asked = original ? `${original.destination}:${original.destinationPort} -> ` : '';
  const changed = original && original.sourcePort !== tuple.sourcePort;
  const by = tunnel === undefined ? '' : `external client, service forwarded to/from ${tunnel} `;
  const port = changed ? `source port changed from ${original.sourcePort} ` : '';
  const name = NAMES.get(tuple.protocol) ?? `Proto-${tuple.protocol}`;
  const ends = `${tuple.source}:${tuple.sourcePort} -> ${asked}${tuple.destination}:${tuple.destinationPort}`;
  return `${name} ${ends} ${by}${port} Active ago ${goDuration(now - lastSeen)}${stateOf(flow, tuple)}`;
}

function stateOf({ out, back, flags }: EbpfFlow, { protocol }: EbpfTuple): string {
  if (protocol !== IpProtocol.tcp) return '';
  // Of what goes back directly only the client's end is heard.
  const isClosed = flags.includes('dsr-fwd') ? out.fin : out.fin && back.fin;
  if (isClosed) return ' CLOSED';
  if (out.rst || back.rst) return ' RESET';
  return out.ack && back.ack ? ' ESTABLISHED' : ' SYN-SENT';
}
