import type { Link } from '../../../datamodel/network/link.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** The packet is about to leave by `link`: down towards the underlay, or up towards a Pod. */
export function headFor(kernel: Kernel, skb: Skb, link: Link): void {
  skb.meta.direction = link.kind === 'loopback' || kernel.uplinks.has(link.name) ? 'down' : 'up';
}

/** The packet has come in by `link`. */
export function comeFrom(kernel: Kernel, skb: Skb, link: Link): void {
  skb.meta.direction = link.kind === 'loopback' || kernel.uplinks.has(link.name) ? 'up' : 'down';
}
