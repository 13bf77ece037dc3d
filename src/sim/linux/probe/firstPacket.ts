import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import { familyOf, type IpAddress } from '../../../wire/address.ts';
import { emitIpv4, IpProtocol } from '../../../wire/ipv4.ts';
import { emitIpv6 } from '../../../wire/ipv6.ts';
import { emitSctpInit } from '../../../wire/sctp.ts';
import { emitTcp, TcpFlag } from '../../../wire/tcp.ts';
import { emitUdp } from '../../../wire/udp.ts';

/** A connection that nobody has opened before. */
export interface NewConnection {
  readonly protocol: TransportName;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

/** The first of the ports that Linux draws from (net.ipv4.ip_local_port_range): any would do. */
const SOURCE_PORT = 32_768;
const TTL = 64;
const WINDOW = 64_240;

/** What its client sends first: a SYN, a datagram, an INIT. @returns an IP packet of the addresses' family. */
export function firstPacket(connection: NewConnection): Uint8Array {
  const { source, destination } = connection;
  const protocol = IpProtocol[connection.protocol];
  const payload = transport(connection);
  if (familyOf(destination) === 'IPv6') return emitIpv6({ protocol, hopLimit: TTL, source, destination }, payload);
  const whole = { moreFragments: false, fragmentOffset: 0, dontFragment: true, identification: 1 };
  return emitIpv4({ ...whole, protocol, source, destination, tos: 0, ttl: TTL }, payload);
}

function transport({ protocol, source, destination, destinationPort }: NewConnection): Uint8Array {
  const ports = { sourcePort: SOURCE_PORT, destinationPort };
  const addresses = { source, destination };
  switch (protocol) {
    case 'tcp':
      return emitTcp(
        { ...ports, sequence: 1, acknowledgement: 0, flags: TcpFlag.syn, window: WINDOW, options: [] },
        undefined,
        addresses,
      );
    case 'udp':
      return emitUdp(ports, undefined, addresses);
    case 'sctp':
      return emitSctpInit({ ...ports, initiateTag: 1, initialTsn: 1 });
  }
}
