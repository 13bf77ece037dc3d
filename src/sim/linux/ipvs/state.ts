import type { IpvsSctpState, IpvsTcpState } from '../../../datamodel/network/runtime.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import type { LiveConnection } from './connection.ts';
import { liveConnections, touchIpvs } from './connectionTable.ts';
import { firstChunkOf, tcpFlagsOf } from './packet.ts';
import { nextSctpState } from './sctpState.ts';
import { nextTcpState } from './tcpState.ts';
import { timeoutOf } from './timeouts.ts';

/** Counts a packet to its connection: state, time, and what the connection's template learns of it (ip_vs_set_state). */
export function countPacket(kernel: Kernel, skb: Skb, connection: LiveConnection, from: 'client' | 'server'): void {
  const before = connection.state;
  if (connection.protocol === IpProtocol.tcp)
    connection.state = nextTcpState(before as IpvsTcpState, tcpFlagsOf(skb), connection.direct ? 'clientAlone' : from);
  if (connection.protocol === IpProtocol.sctp) {
    const sender = connection.direct ? 'clientAlone' : from;
    connection.state = nextSctpState(before as IpvsSctpState, firstChunkOf(skb), sender);
  }
  connection.timeout = timeoutOf(connection);
  const proven = connection.state === 'UDP' ? from === 'server' : connection.state === 'ESTABLISHED';
  if (proven && connection.controller !== undefined) assure(kernel, connection.controller);
  touchIpvs(kernel, connection);
}

/** ip_vs_control_assure_ct */
function assure(kernel: Kernel, template: string): void {
  const found = [...liveConnections(kernel)].find((each) => each.id === template);
  if (found === undefined || found.state === 'ASSURED') return;
  found.state = 'ASSURED';
  touchIpvs(kernel, found);
}
