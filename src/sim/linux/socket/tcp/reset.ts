import { IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import { emitTcp, TcpFlag } from '../../../../wire/tcp.ts';
import type { Kernel } from '../../kernel.ts';
import type { Skb } from '../../skb.ts';
import { defaultTtl, sendLocal } from '../send.ts';
import { has, type Segment, segmentLength } from './segment.ts';
import { seqAdd } from './sequence.ts';

/**
 * Answers a segment that no connection takes with a RST: id 0, DF, window 0, no options (RFC 9293 section 3.10.7.1;
 * net/ipv4/tcp_ipv4.c, tcp_v4_send_reset). A RST is never answered.
 */
export function sendReset(kernel: Kernel, skb: Skb, segment: Segment): void {
  if (has(segment, TcpFlag.rst)) return;
  const { recorder } = kernel.world;
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const addresses = { source: ip.destination, destination: ip.source };
  if (kernel.fib.addressType(addresses.source) !== 'LOCAL') return;
  const found = kernel.stack.routeOutput(kernel, addresses);
  if (!found.ok) return;
  const ports = new DataView(skb.bytes.buffer, skb.bytes.byteOffset + ip.payloadOffset, 4);
  const acknowledges = has(segment, TcpFlag.ack);
  const payload = emitTcp(
    {
      sourcePort: ports.getUint16(2),
      destinationPort: ports.getUint16(0),
      sequence: acknowledges ? segment.acknowledgement : 0,
      acknowledgement: acknowledges ? 0 : seqAdd(segment.sequence, segmentLength(segment)),
      flags: acknowledges ? TcpFlag.rst : TcpFlag.rst | TcpFlag.ack,
      window: 0,
      options: [],
    },
    undefined,
    addresses,
  );
  const label = acknowledges ? 'RST' : 'RST ACK';
  const role = recorder.roleOf(skb.meta.trace) === 'forward' ? 'reply' : 'forward';
  sendLocal(
    kernel,
    {
      by: 'kernel',
      what: label,
      trace: recorder.beginCaused(skb, label, role),
      protocol: IpProtocol.tcp,
      ...addresses,
      payload,
      identification: 0,
      dontFragment: true,
      ttl: defaultTtl(kernel),
      tos: ip.tos,
    },
    found.route,
  );
}
