import type { EbpfEnd, EbpfFlow, EbpfTuple, FlowLeg } from '../../../../datamodel/network/ebpfState.ts';
import { ipv4ToNumber } from '../../../../wire/address.ts';
import { IpProtocol } from '../../../../wire/ipv4.ts';
import type { Kernel } from '../../kernel.ts';
import { putEntry } from '../state.ts';
import type { EndpointPacket } from './packet.ts';

const SECOND = 1_000_000_000;
/** `bpfConntrackTimeouts`, in seconds; the agent deletes what has been silent for so long. */
const TIMEOUTS = {
  synSent: 20,
  established: 3600,
  finsSeen: 120,
  resetSeen: 40,
  udp: 60,
  icmp: 5,
  other: 600,
} as const;

/** One id for both directions: the lower end comes first. */
export function flowId({ protocol, ...tuple }: EbpfTuple): string {
  const source = { address: tuple.source, port: tuple.sourcePort };
  const destination = { address: tuple.destination, port: tuple.destinationPort };
  const [a, b] = isLower(source, destination) ? [source, destination] : [destination, source];
  return `flow ${protocol} ${a.address}:${a.port} ${b.address}:${b.port}`;
}

/** Whether a packet comes from who has opened the connection. */
export function isFromOpener({ tuple }: EbpfFlow, packet: EbpfTuple): boolean {
  return tuple.source === packet.source && tuple.sourcePort === packet.sourcePort;
}

/** Writes an entry as it is after a packet. */
export function keepFlow(kernel: Kernel, flow: EbpfFlow): EbpfFlow {
  const { now } = kernel.world.queue;
  const kept = { ...flow, lastSeen: now, expires: now + timeoutOf(flow) * SECOND };
  putEntry(kernel, kept);
  return kept;
}

/** What a TCP segment says about its direction (conntrack.h, ct_tcp_entry_update). */
export function legAfter(leg: FlowLeg, other: FlowLeg, { tcp }: EndpointPacket): FlowLeg {
  if (!tcp) return leg;
  const handshake = tcp.syn && tcp.ack ? { syn: true, ack: true } : tcp.syn ? { syn: true } : {};
  const acknowledges = tcp.ack && !tcp.syn && leg.syn && other.syn;
  return {
    ...leg,
    ...handshake,
    ...(acknowledges && { ack: true }),
    ...(tcp.fin && { fin: true }),
    ...(tcp.rst && { rst: true }),
  };
}

export function isEstablished({ out, back }: EbpfFlow): boolean {
  return Boolean(out.ack && back.ack);
}

export function hasEnded({ out, back }: EbpfFlow): boolean {
  return Boolean((out.fin || out.rst) && (back.fin || back.rst));
}

function isLower(a: EbpfEnd, b: EbpfEnd): boolean {
  const [left, right] = [ipv4ToNumber(a.address), ipv4ToNumber(b.address)];
  return left === right ? a.port < b.port : left < right;
}

function timeoutOf(flow: EbpfFlow): number {
  switch (flow.tuple.protocol) {
    case IpProtocol.udp:
      return TIMEOUTS.udp;
    case IpProtocol.icmp:
      return TIMEOUTS.icmp;
    case IpProtocol.tcp:
      // The entry that only leads to another lives as long as that.
      if (flow.kind === 'forward' || isEstablished(flow)) {
        if (flow.out.rst || flow.back.rst) return TIMEOUTS.resetSeen;
        return hasEnded(flow) ? TIMEOUTS.finsSeen : TIMEOUTS.established;
      }
      return flow.out.rst || flow.back.rst ? TIMEOUTS.resetSeen : TIMEOUTS.synSent;
    default:
      return TIMEOUTS.other;
  }
}
