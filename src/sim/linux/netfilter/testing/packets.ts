import type { ConntrackTuple } from '../../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { emitEcho, emitIcmpError, type IcmpErrorFields } from '../../../../wire/icmpv4.ts';
import { emitIpv4, IpProtocol, type Ipv4Fields } from '../../../../wire/ipv4.ts';
import { emitTcp, type TcpFields, TcpFlag } from '../../../../wire/tcp.ts';
import { emitUdp } from '../../../../wire/udp.ts';

export interface Ends {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

export const SYN = TcpFlag.syn;
export const SYN_ACK = TcpFlag.syn | TcpFlag.ack;
export const ACK = TcpFlag.ack;
export const FIN_ACK = TcpFlag.fin | TcpFlag.ack;
export const RST = TcpFlag.rst;
export const RST_ACK = TcpFlag.rst | TcpFlag.ack;

export function ipPacket(
  ends: Ends,
  protocol: number,
  payload: Uint8Array,
  more: Partial<Ipv4Fields> = {},
): Uint8Array {
  const fields = { tos: 0, identification: 4711, dontFragment: true, moreFragments: false, fragmentOffset: 0, ttl: 64 };
  return emitIpv4({ ...fields, protocol, ...ends, ...more }, payload);
}

export function tcpPacket(ends: Ends, segment: Partial<TcpFields>, payload?: Uint8Array): Uint8Array {
  const fields: TcpFields = {
    sourcePort: 40_000,
    destinationPort: 80,
    sequence: 1000,
    acknowledgement: 0,
    flags: SYN,
    window: 64_240,
    options: [],
    ...segment,
  };
  return ipPacket(ends, IpProtocol.tcp, emitTcp(fields, payload, ends));
}

export function udpPacket(ends: Ends, sourcePort: number, destinationPort: number, size = 5): Uint8Array {
  return ipPacket(
    ends,
    IpProtocol.udp,
    emitUdp({ sourcePort, destinationPort }, new Uint8Array(size).fill(0x7a), ends),
  );
}

export function echoPacket(ends: Ends, identifier: number, type: 0 | 8 = 8): Uint8Array {
  return ipPacket(ends, IpProtocol.icmp, emitEcho({ type, identifier, sequence: 1 }, Uint8Array.of(1, 2, 3, 4)));
}

/** An error about `packet`, quoting its header and `quoted` bytes after it. */
export function errorPacket(ends: Ends, error: IcmpErrorFields, packet: Uint8Array, quoted = 8): Uint8Array {
  return ipPacket(ends, IpProtocol.icmp, emitIcmpError(error, packet.slice(0, 20 + quoted)), { tos: 0xc0 });
}

/** The packet that a connection's tuple describes: a UDP datagram, an echo message or a segment with `flags`. */
export function packetOf(tuple: ConntrackTuple, flags: number = SYN): Uint8Array {
  if (tuple.icmp) return echoPacket(tuple, tuple.sourcePort, tuple.icmp.type === 0 ? 0 : 8);
  if (tuple.protocol === IpProtocol.udp) return udpPacket(tuple, tuple.sourcePort, tuple.destinationPort);
  return tcpPacket(tuple, {
    sourcePort: tuple.sourcePort,
    destinationPort: tuple.destinationPort,
    flags,
    acknowledgement: flags & TcpFlag.ack ? 1001 : 0,
  });
}
