import { Ipv4View } from '../../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../../wire/udp.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { drop } from './record.ts';

const PORT_UNREACHABLE = { type: 3, code: 3 };

/** Finds the socket of a datagram, after tunnels have had their look (net/ipv4/udp.c, __udp4_lib_rcv). */
export function udpReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const udp = new UdpView(skb.bytes, ip.payloadOffset);
  const { source, destination } = ip;
  if (ip.payloadLength < UDP_HEADER_LENGTH || udp.length < UDP_HEADER_LENGTH || udp.length > ip.payloadLength) {
    drop(kernel, skb, 'PKT_TOO_SMALL', 'the datagram is shorter than its header says');
    return;
  }
  if (!udp.checksumValid({ source, destination })) {
    drop(kernel, skb, 'UDP_CSUM', 'the UDP checksum is wrong');
    return;
  }
  if (kernel.stack.tunnelReceive(kernel, skb)) return;
  const local = { address: destination, port: udp.destinationPort };
  const socket = kernel.sockets.find('udp', local, { address: source, port: udp.sourcePort });
  if (socket) {
    socket.receive(skb);
    return;
  }
  const sent = kernel.stack.icmpSend(kernel, skb, PORT_UNREACHABLE);
  const because = `no socket is bound to UDP port ${udp.destinationPort} of ${destination}`;
  drop(kernel, skb, 'NO_SOCKET', because, { icmp: sent ? PORT_UNREACHABLE : undefined });
}
