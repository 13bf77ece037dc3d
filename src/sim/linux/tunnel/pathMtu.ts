import { Ipv4View } from '../../../wire/ipv4.ts';
import type { IcmpError, Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/**
 * What fits into a UDP tunnel is only learned by the host itself: its own senders keep to it, forwarded packets are fragmented
 * outside (Linux: net/ipv4/ip_tunnel_core.c, skb_tunnel_check_pmtu).
 * @param room for the inner IP packet.
 */
export function learnInnerMtu(kernel: Kernel, inner: Ipv4View | undefined, room: number): void {
  if (inner === undefined || inner.totalLength <= room) return;
  kernel.stack.learnPathMtu(kernel, inner.destination, room);
}

/**
 * An ICMP error about a packet that a tunnel cannot carry. Source NAT has been at work already: whom it is to be told to is
 * whoever had sent it before that (net/ipv4/icmp.c, icmp_ndo_send).
 * @returns whether an error went out.
 */
export function tellSender(kernel: Kernel, skb: Skb, error: IcmpError): boolean {
  const { connection, connectionReply } = skb.meta;
  const sender = connection && (connectionReply ? connection.reply : connection.original).source;
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (sender === undefined || sender === ip.source) return kernel.stack.icmpSend(kernel, skb, error);
  const asSent = skb.clone(skb.meta.trace);
  const original = new Ipv4View(asSent.writable(), asSent.networkOffset);
  original.source = sender;
  original.fillChecksum();
  return kernel.stack.icmpSend(kernel, asSent, error);
}
