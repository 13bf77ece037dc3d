import type { RejectWith } from '../../../datamodel/network/netfilter.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { EthernetView, emitEthernet } from '../../../wire/ethernet.ts';
import { Icmpv4Type, UnreachableCode } from '../../../wire/icmpv4.ts';
import { familyAt } from '../../../wire/ip.ts';
import { emitIpv4, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { emitTcp, TCP_HEADER_LENGTH, TcpFlag, TcpView } from '../../../wire/tcp.ts';
import type { Kernel } from '../kernel.ts';
import { Skb } from '../skb.ts';
import { publishConnection } from './connectionTable.ts';

const CODES: Readonly<Record<Exclude<RejectWith, 'tcp-reset' | 'icmp6-port-unreachable'>, number>> = {
  'icmp-net-unreachable': UnreachableCode.net,
  'icmp-host-unreachable': UnreachableCode.host,
  'icmp-port-unreachable': UnreachableCode.port,
  'icmp-proto-unreachable': UnreachableCode.protocol,
  'icmp-net-prohibited': UnreachableCode.netProhibited,
  'icmp-host-prohibited': UnreachableCode.hostProhibited,
  'icmp-admin-prohibited': UnreachableCode.administrativelyProhibited,
};
const TTL = 64;

/**
 * Tells the sender that the packet was refused (nf_reject_ipv4.c). The caller drops the packet.
 * @returns the ICMP error that went out, if one did.
 */
export function sendRejection(
  kernel: Kernel,
  skb: Skb,
  how: RejectWith,
): { readonly type: number; readonly code: number } | undefined {
  // IPv6 packets meet the tables, and nothing routes an answer to them yet.
  if (how === 'icmp6-port-unreachable' || familyAt(skb.bytes, skb.networkOffset) === 'IPv6') return undefined;
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.fragmentOffset > 0 || !transportChecksumValid(skb.bytes, skb.networkOffset)) return undefined;
  if (how === 'tcp-reset') {
    sendReset(kernel, skb, ip);
    return undefined;
  }
  const error = { type: Icmpv4Type.destinationUnreachable, code: CODES[how] };
  return kernel.stack.icmpSend(kernel, skb, error) ? error : undefined;
}

/** A reset in the name of the one the segment was for (nf_send_reset). Resets are never answered by resets. */
function sendReset(kernel: Kernel, skb: Skb, ip: Ipv4View): void {
  if (ip.protocol !== IpProtocol.tcp || ip.payloadLength < TCP_HEADER_LENGTH) return;
  const tcp = new TcpView(ip.bytes, ip.payloadOffset);
  if (tcp.flags & TcpFlag.rst || skb.meta.packetType === 'broadcast' || skb.meta.packetType === 'multicast') return;
  const bytes = resetFor(ip, tcp);
  const { recorder } = kernel.world;
  const role = recorder.roleOf(skb.meta.trace) === 'forward' ? 'reply' : 'forward';
  const reset = new Skb(bytes, 'ip', {
    trace: recorder.beginCaused(skb, 'RST', role),
    mark: 0,
    packetType: 'outgoing',
    pass: 'host',
    direction: 'down',
  });
  attachConnection(kernel, reset, skb);
  recorder.step(kernel.id, reset, { type: 'originate', by: 'kernel', what: 'TCP reset of a REJECT rule' });
  if (sendFromBridge(kernel, reset, skb)) return;
  const answer = new Ipv4View(bytes);
  const isOwn = kernel.fib.addressType(answer.source) === 'LOCAL';
  const found = kernel.stack.routeOutput(kernel, {
    destination: answer.destination,
    ...(isOwn && { source: answer.source }),
  });
  if (found.ok) kernel.stack.ipLocalOut(kernel, reset, found.route);
  else {
    const because = `There is no route back to ${answer.destination} for the reset.`;
    recorder.step(kernel.id, reset, { type: 'drop', reason: 'IP_OUTNOROUTES', because });
    recorder.end(reset, { type: 'dropped', netns: kernel.id, reason: 'IP_OUTNOROUTES', because });
  }
}

function resetFor(ip: Ipv4View, tcp: TcpView): Uint8Array {
  const { syn, fin, ack, rst } = TcpFlag;
  const addresses = { source: ip.destination, destination: ip.source };
  const hasAck = (tcp.flags & ack) !== 0;
  const counted = (tcp.flags & syn ? 1 : 0) + (tcp.flags & fin ? 1 : 0);
  const next = (tcp.sequence + counted + ip.payloadLength - tcp.dataOffset) >>> 0;
  const segment = emitTcp(
    {
      sourcePort: tcp.destinationPort,
      destinationPort: tcp.sourcePort,
      sequence: hasAck ? tcp.acknowledgement : 0,
      acknowledgement: hasAck ? 0 : next,
      flags: hasAck ? rst : rst | ack,
      window: 0,
      options: [],
    },
    undefined,
    addresses,
  );
  return emitIpv4(
    {
      tos: 0,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: TTL,
      protocol: IpProtocol.tcp,
      ...addresses,
    },
    segment,
  );
}

/** The reset belongs to the refused connection, so that nat treats it like an answer (nf_ct_attach, nf_ct_set_closing). */
function attachConnection(kernel: Kernel, reset: Skb, refused: Skb): void {
  const { connection, connectionReply } = refused.meta;
  if (connection === undefined) return;
  reset.meta.connection = connection;
  reset.meta.connectionState = 'RELATED';
  reset.meta.connectionReply = !connectionReply;
  if (connection.tcpState === undefined) return;
  connection.tcpState = 'CLOSE';
  publishConnection(kernel, connection);
}

/** A frame refused inside a bridge is answered by a frame out of the port it came in by. */
function sendFromBridge(kernel: Kernel, reset: Skb, refused: Skb): boolean {
  const { bridge } = refused.meta;
  const port = bridge && kernel.links.get(bridge.port);
  if (port === undefined || refused.link !== 'ethernet') return false;
  const frame = new EthernetView(refused.bytes);
  const { source, destination, etherType } = frame;
  reset.replace(emitEthernet({ source: destination, destination: source, etherType }, reset.bytes), 'ethernet');
  reset.meta.direction = 'up';
  kernel.stack.transmit(kernel, reset, port);
  return true;
}
