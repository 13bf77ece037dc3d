import type { StepDetail } from '../../../datamodel/flow/step.ts';
import type { TunnelLink } from '../../../datamodel/network/link.ts';
import type { TunnelKey } from '../../../datamodel/network/tables.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { innerIpv4, takeOverCongestion } from './ecn.ts';

/** Unwrapped packets wait for the CPU's next round (gro_cells), so that what the card has queued already comes first. */
const QUEUE_DELAY = 1_000;

/**
 * Lets what was inside a tunnel's packet arrive at its device (Linux: net/ipv4/ip_tunnel.c, ip_tunnel_rcv; vxlan_rcv;
 * geneve_rx).
 * @param outerTos of the packet it came in.
 * @param key what programs of a device in external mode can read of it.
 * @param mayRefuse whether congestion that the inner packet cannot be marked with ends it.
 */
export function receiveInner(
  kernel: Kernel,
  skb: Skb,
  link: TunnelLink,
  inner: { readonly bytes: Uint8Array; readonly link: 'ethernet' | 'ip' },
  outerTos: number,
  detail: Extract<StepDetail, { type: 'decapsulate' }>,
  { key, mayRefuse = true }: { readonly key?: TunnelKey; readonly mayRefuse?: boolean } = {},
): void {
  const place = { device: link.name };
  if (!takeOverCongestion(innerIpv4(inner.bytes, inner.link), outerTos) && mayRefuse) {
    const because = 'Congestion was marked outside, but the inner packet cannot say so';
    dropPacket(kernel, skb, 'IP_TUNNEL_ECN', because, place);
    return;
  }
  skb.replace(inner.bytes, inner.link);
  skb.scrub();
  skb.meta.direction = 'up';
  if (key) skb.meta.receivedKey = key;
  kernel.world.recorder.step(kernel.id, skb, detail, place);
  kernel.world.queue.schedule(QUEUE_DELAY, () => kernel.stack.receive(kernel, skb, link));
}
