import type { IpvsEnd } from '../../../datamodel/network/runtime.ts';
import { ipView } from '../../../wire/ip.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import { SCTP_HEADER_LENGTH, SCTP_INIT } from '../../../wire/sctp.ts';
import { TcpFlag, TcpView } from '../../../wire/tcp.ts';
import { hasPorts, tupleOf } from '../netfilter/tuple.ts';
import type { Skb } from '../skb.ts';

/** What IPVS reads off a packet: who speaks to whom (ip_vs_fill_iph_skb). */
export interface IpvsPacket {
  readonly protocol: number;
  readonly source: IpvsEnd;
  readonly destination: IpvsEnd;
}

/** @returns undefined for what has no ports, a later fragment, or what is cut too short. */
export function readIpvsPacket(bytes: Uint8Array, offset: number): IpvsPacket | undefined {
  const tuple = tupleOf(bytes, offset);
  if (tuple === undefined || !hasPorts(tuple.protocol)) return undefined;
  return {
    protocol: tuple.protocol,
    source: { address: tuple.source, port: tuple.sourcePort },
    destination: { address: tuple.destination, port: tuple.destinationPort },
  };
}

/** Flags of a TCP segment; 0 for everything else. */
export function tcpFlagsOf({ bytes, networkOffset }: Skb): number {
  const ip = ipView(bytes, networkOffset);
  return ip.protocol === IpProtocol.tcp ? new TcpView(bytes, ip.payloadOffset).flags : 0;
}

/** The type of an SCTP packet's first chunk; undefined for everything else. */
export function firstChunkOf({ bytes, networkOffset }: Skb): number | undefined {
  const ip = ipView(bytes, networkOffset);
  return ip.protocol === IpProtocol.sctp ? bytes[ip.payloadOffset + SCTP_HEADER_LENGTH] : undefined;
}

/** Whether the packet would begin a connection; UDP's never say (is_new_conn). */
export function beginsConnection(skb: Skb): boolean {
  return (tcpFlagsOf(skb) & TcpFlag.syn) !== 0 || firstChunkOf(skb) === SCTP_INIT;
}
