import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import type { Skb } from '../skb.ts';

/**
 * Whether a packet is longer than `mtu` and forbids fragments. What conntrack put together from fragments that were small
 * enough may become such fragments again (Linux: net/ipv4/ip_forward.c, ip_exceeds_mtu); so may a datagram that this host's
 * socket sent with DF because it fitted, and that a rule then sent another way (ip_output.c, `ignore_df`).
 */
export function mayNotFragment(skb: Skb, mtu: number): boolean {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.totalLength <= mtu || !ip.dontFragment) return false;
  if (skb.meta.pathMtuDiscovery === 'want' && ip.protocol !== IpProtocol.tcp) return false;
  const largest = skb.meta.fragmentMaxSize;
  return largest === undefined || largest > mtu;
}
