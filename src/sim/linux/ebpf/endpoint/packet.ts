import type { EbpfTuple } from '../../../../datamodel/network/ebpfState.ts';
import { ICMPV4_HEADER_LENGTH, Icmpv4View, isIcmpError } from '../../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import { TcpFlag, TcpView } from '../../../../wire/tcp.ts';
import type { Kernel } from '../../kernel.ts';
import { tupleOf } from '../../netfilter/tuple.ts';
import type { Skb } from '../../skb.ts';

/** What a program reads of a packet. */
export interface EndpointPacket {
  /** ICMP has no ports here: a connection is two addresses. */
  readonly tuple: EbpfTuple;
  readonly tcp?: { readonly syn: boolean; readonly ack: boolean; readonly fin: boolean; readonly rst: boolean };
  readonly isFragment: boolean;
  /** The packet that an ICMP error is about. */
  readonly quoted?: EbpfTuple;
}

interface Ports {
  readonly source: number;
  readonly destination: number;
}

const fragments = new WeakMap<Kernel, Map<string, Ports>>();

/** @returns undefined for a later fragment whose first one has not come by. */
export function readPacket(kernel: Kernel, skb: Skb): EndpointPacket | undefined {
  const at = skb.networkOffset;
  const ip = new Ipv4View(skb.bytes, at);
  const { protocol, source, destination, isFragment } = ip;
  if (ip.fragmentOffset > 0) {
    const ports = fragments.get(kernel)?.get(datagram(ip));
    if (!ports) return undefined;
    const { source: sourcePort, destination: destinationPort } = ports;
    return { tuple: { protocol, source, destination, sourcePort, destinationPort }, isFragment };
  }
  const read = tupleOf(skb.bytes, at);
  if (!read) return undefined;
  const { icmp: _, ...ends } = read;
  const tuple = protocol === IpProtocol.icmp ? { ...ends, sourcePort: 0, destinationPort: 0 } : ends;
  if (isFragment) {
    const known = fragments.get(kernel) ?? new Map<string, Ports>();
    fragments.set(kernel, known);
    known.set(datagram(ip), { source: tuple.sourcePort, destination: tuple.destinationPort });
  }
  const quoted = protocol === IpProtocol.icmp && !isFragment ? quotedIn(skb, ip) : undefined;
  const tcp = protocol === IpProtocol.tcp ? flagsOf(skb, ip) : undefined;
  return { tuple, isFragment, ...(tcp && { tcp }), ...(quoted && { quoted }) };
}

/** Where the packet that an ICMP error quotes begins. */
export function quoteOffset(skb: Skb): number {
  return new Ipv4View(skb.bytes, skb.networkOffset).payloadOffset + ICMPV4_HEADER_LENGTH;
}

function datagram(ip: Ipv4View): string {
  return `${ip.source} ${ip.destination} ${ip.protocol} ${ip.identification}`;
}

function quotedIn(skb: Skb, ip: Ipv4View): EbpfTuple | undefined {
  if (ip.payloadLength < ICMPV4_HEADER_LENGTH) return undefined;
  if (!isIcmpError(new Icmpv4View(skb.bytes, ip.payloadOffset).type)) return undefined;
  const quoted = tupleOf(skb.bytes, quoteOffset(skb));
  if (!quoted) return undefined;
  const { icmp: _, ...ends } = quoted;
  return quoted.protocol === IpProtocol.icmp ? { ...ends, sourcePort: 0, destinationPort: 0 } : ends;
}

function flagsOf(skb: Skb, ip: Ipv4View): NonNullable<EndpointPacket['tcp']> {
  const { flags } = new TcpView(skb.bytes, ip.payloadOffset);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return { syn: has(TcpFlag.syn), ack: has(TcpFlag.ack), fin: has(TcpFlag.fin), rst: has(TcpFlag.rst) };
}
