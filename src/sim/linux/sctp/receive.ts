import { Ipv4View } from '../../../wire/ipv4.ts';
import { sctpChecksumValid } from '../../../wire/sctp.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { drop } from '../socket/record.ts';
import { packetOf } from './packets.ts';
import { answerStranger } from './stranger.ts';

/** Finds the association or listener of a packet (net/sctp/input.c, sctp_rcv). */
export function sctpReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const packet = packetOf(skb);
  if (packet === undefined) {
    drop(kernel, skb, 'PKT_TOO_SMALL', 'the SCTP packet is shorter than its header or a chunk says');
    return;
  }
  if (!sctpChecksumValid(skb.bytes, ip.payloadOffset, ip.payloadOffset + ip.payloadLength)) {
    drop(kernel, skb, 'NOT_SPECIFIED', 'the SCTP checksum is wrong');
    return;
  }
  const local = { address: ip.destination, port: packet.destinationPort };
  const remote = { address: ip.source, port: packet.sourcePort };
  const socket = kernel.sockets.find('sctp', local, remote);
  if (socket) socket.receive(skb);
  else answerStranger(kernel, skb, packet, { local, remote });
}
