import { transportChecksumValid } from '../../../../wire/checksum.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { TCP_HEADER_LENGTH, TcpView } from '../../../../wire/tcp.ts';
import type { Kernel } from '../../kernel.ts';
import type { Skb } from '../../skb.ts';
import { drop } from '../record.ts';
import { sendReset } from './reset.ts';
import { readSegment } from './segment.ts';

/** Finds the connection or listener of a segment, or answers with a RST (net/ipv4/tcp_ipv4.c, tcp_v4_rcv). */
export function tcpReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const view = new TcpView(skb.bytes, ip.payloadOffset);
  if (
    ip.payloadLength < TCP_HEADER_LENGTH ||
    view.dataOffset < TCP_HEADER_LENGTH ||
    view.dataOffset > ip.payloadLength
  ) {
    drop(kernel, skb, 'PKT_TOO_SMALL', 'the segment is shorter than its header says');
    return;
  }
  if (!transportChecksumValid(skb.bytes, ip.offset)) {
    drop(kernel, skb, 'TCP_CSUM', 'the TCP checksum is wrong');
    return;
  }
  const { source, destination } = ip;
  const local = { address: destination, port: view.destinationPort };
  const socket = kernel.sockets.find('tcp', local, { address: source, port: view.sourcePort });
  if (socket) {
    socket.receive(skb);
    return;
  }
  drop(kernel, skb, 'NO_SOCKET', `no socket listens on TCP port ${local.port} of ${destination}`);
  const segment = readSegment(skb);
  if (segment) sendReset(kernel, skb, segment);
}
