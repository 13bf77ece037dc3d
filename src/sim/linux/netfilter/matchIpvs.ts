import type { Match } from '../../../datamodel/network/netfilter.ts';
import { serverKey } from '../ipvs/connection.ts';
import { readIpvsPacket } from '../ipvs/packet.ts';
import { protocolNumber, type Test } from './match.ts';

/** Finds the connection by what the packet has become: from the client to the real server (xt_ipvs.c, ipvs_mt). */
export function matchIpvs({ protocol, address, port }: Extract<Match, { readonly type: 'ipvs' }>): Test {
  return ({ kernel, skb }) => {
    const packet = skb.meta.ipvs ? readIpvsPacket(skb.bytes, skb.networkOffset) : undefined;
    if (packet === undefined) return false;
    const connection = kernel.ipvs.connections.get(serverKey(packet.protocol, packet.destination, packet.source));
    if (connection === undefined) return false;
    if (protocol !== undefined && protocolNumber(protocol) !== packet.protocol) return false;
    if (address !== undefined && connection.virtual.address !== address) return false;
    return port === undefined || connection.virtual.port === port;
  };
}
