import type { Hook } from '../../../datamodel/network/netfilter.ts';
import { type IpAddress, ipv4FromNumber } from '../../../wire/address.ts';
import { Icmpv4View } from '../../../wire/icmpv4.ts';
import { ipView } from '../../../wire/ip.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { readU16 } from '../../../wire/octets.ts';
import type { HookContext, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { hasPorts } from './tuple.ts';

/** What rules look at, read once a table: nothing of it changes while the table's chains are walked. */
export interface Packet {
  readonly kernel: Kernel;
  readonly skb: Skb;
  readonly hook: Hook;
  readonly inputDevice: string;
  readonly outputDevice: string;
  /** Unsigned 32-bit; 0 in a packet of IPv6, whose addresses are in {@link ipv6}. */
  readonly source: number;
  readonly destination: number;
  readonly ipv6?: { readonly source: IpAddress; readonly destination: IpAddress };
  readonly protocol: number;
  /** Absent behind the first fragment and for protocols without ports. */
  readonly ports: { readonly source: number; readonly destination: number } | undefined;
  readonly icmp: { readonly type: number; readonly code: number } | undefined;
}

export function readPacket(kernel: Kernel, skb: Skb, hook: Hook, context: HookContext): Packet {
  const { bytes } = skb;
  const ip = ipView(bytes, skb.networkOffset);
  const isV4 = ip instanceof Ipv4View;
  const { protocol, payloadOffset: at } = ip;
  const isFirst = ip.fragmentOffset === 0;
  const withPorts = isFirst && hasPorts(protocol) && bytes.length >= at + 4;
  const withType = isFirst && protocol === IpProtocol.icmp && bytes.length >= at + 2;
  const { type, code } = new Icmpv4View(bytes, at);
  return {
    kernel,
    skb,
    hook,
    inputDevice: context.inputDevice ?? '',
    outputDevice: context.outputDevice ?? '',
    source: isV4 ? ip.sourceNumber : 0,
    destination: isV4 ? ip.destinationNumber : 0,
    ...(isV4 ? {} : { ipv6: { source: ip.source, destination: ip.destination } }),
    protocol,
    ports: withPorts ? { source: readU16(bytes, at), destination: readU16(bytes, at + 2) } : undefined,
    icmp: withType ? { type, code } : undefined,
  };
}

/** One of the packet's addresses, of either family. */
export function addressIn(packet: Packet, end: 'source' | 'destination'): IpAddress {
  return packet.ipv6?.[end] ?? ipv4FromNumber(packet[end]);
}
