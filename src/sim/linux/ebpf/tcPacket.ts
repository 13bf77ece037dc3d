import type { EbpfTuple } from '../../../datamodel/network/ebpfState.ts';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { Icmpv4Type } from '../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { TcpFlag, TcpView } from '../../../wire/tcp.ts';
import type { Kernel } from '../kernel.ts';
import { tupleOf } from '../netfilter/tuple.ts';
import type { Skb } from '../skb.ts';
import type { TcpWord } from './state.ts';

/** What a program reads of a packet that a service could be meant by. */
export interface TcPacket {
  readonly tuple: EbpfTuple;
  readonly protocol: 'tcp' | 'udp';
  readonly word: TcpWord;
}

interface Ports {
  readonly source: number;
  readonly destination: number;
}

const fragments = new WeakMap<Kernel, Map<string, Ports>>();
const SILENT: TcpWord = { syn: false, closing: false };

/**
 * Addresses and ports of a TCP or UDP packet. Later fragments have their first one's ports, if it came before them
 * (cilium_ipv4_frag_datagrams).
 */
export function readTcPacket(kernel: Kernel, skb: Skb): TcPacket | undefined {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.version !== 4 || (ip.protocol !== IpProtocol.tcp && ip.protocol !== IpProtocol.udp)) return undefined;
  const protocol = ip.protocol === IpProtocol.tcp ? 'tcp' : 'udp';
  const known = fragments.get(kernel) ?? new Map<string, Ports>();
  fragments.set(kernel, known);
  const datagram = `${ip.source} ${ip.destination} ${ip.protocol} ${ip.identification}`;
  if (ip.fragmentOffset > 0) {
    const ports = known.get(datagram);
    if (!ports) return undefined;
    const { source, destination } = ip;
    const tuple = {
      protocol: ip.protocol,
      source,
      destination,
      sourcePort: ports.source,
      destinationPort: ports.destination,
    };
    return { tuple, protocol, word: SILENT };
  }
  const tuple = tupleOf(skb.bytes, skb.networkOffset);
  if (!tuple) return undefined;
  if (ip.isFragment) known.set(datagram, { source: tuple.sourcePort, destination: tuple.destinationPort });
  return { tuple, protocol, word: protocol === 'tcp' ? wordOf(skb, ip) : SILENT };
}

/** As {@link readTcPacket}, and the identifier of a ping, which stands for the port of whoever asked. */
export function readFlow(kernel: Kernel, skb: Skb): Pick<TcPacket, 'tuple' | 'word'> | undefined {
  const packet = readTcPacket(kernel, skb);
  if (packet) return packet;
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.version !== 4 || ip.isFragment) return undefined;
  const tuple = echoTuple(tupleOf(skb.bytes, skb.networkOffset));
  return tuple && { tuple, word: SILENT };
}

/** A ping or its answer as maps are keyed by it; undefined for everything else. */
export function echoTuple(tuple: ConntrackTuple | undefined): EbpfTuple | undefined {
  if (tuple?.icmp === undefined) return undefined;
  const { protocol, source, destination, sourcePort: identifier, icmp } = tuple;
  const ends = { protocol, source, destination };
  if (icmp.type === Icmpv4Type.echoRequest) return { ...ends, sourcePort: identifier, destinationPort: 0 };
  if (icmp.type === Icmpv4Type.echoReply) return { ...ends, sourcePort: 0, destinationPort: identifier };
  return undefined;
}

function wordOf(skb: Skb, ip: Ipv4View): TcpWord {
  const { flags } = new TcpView(skb.bytes, ip.payloadOffset);
  return { syn: (flags & TcpFlag.syn) !== 0, closing: (flags & (TcpFlag.fin | TcpFlag.rst)) !== 0 };
}
