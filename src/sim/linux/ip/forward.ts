import { Ipv4View } from '../../../wire/ipv4.ts';
import { headFor } from '../device/direction.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { mayNotFragment } from './mayNotFragment.ts';
import { forwardMtu } from './pathMtu.ts';
import { sendRedirect } from './redirect.ts';

const TIME_EXCEEDED = { type: 11, code: 0 } as const;

/**
 * Sends somebody else's packet on (RFC 1812 5.3; Linux: net/ipv4/ip_forward.c): TTL, then MTU, then one hop less, then
 * FORWARD. So an error about TTL or MTU quotes the TTL as it came, and one from FORWARD quotes it decremented.
 */
export function forward(kernel: Kernel, skb: Skb, route: RouteResult, onLink: boolean): void {
  const { inputDevice } = skb.meta;
  const place = { device: inputDevice };
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (skb.meta.packetType !== 'host') {
    dropPacket(kernel, skb, 'NOT_SPECIFIED', `A ${skb.meta.packetType} frame's packet is not forwarded`, place);
    return;
  }
  if (ip.ttl <= 1) {
    const sent = kernel.stack.icmpSend(kernel, skb, TIME_EXCEEDED);
    dropPacket(
      kernel,
      skb,
      'IP_INHDR',
      `The TTL of ${ip.ttl} does not allow another hop`,
      place,
      sent ? TIME_EXCEEDED : undefined,
    );
    return;
  }
  const mtu = forwardMtu(kernel, route, ip.destination);
  if (mayNotFragment(skb, mtu)) {
    const error = { type: 3, code: 4, nextHopMtu: mtu };
    const sent = kernel.stack.icmpSend(kernel, skb, error);
    const because = `${ip.totalLength} bytes are more than ${route.dev}'s MTU of ${mtu}, and the packet says "do not fragment"`;
    dropPacket(kernel, skb, 'PKT_TOO_BIG', because, place, sent ? { type: 3, code: 4, mtu } : undefined);
    return;
  }
  const output = kernel.links.get(route.dev);
  if (output) headFor(kernel, skb, output);
  decrementTtl(kernel, skb);
  if (onLink && route.dev === inputDevice) sendRedirect(kernel, skb, route);
  if (kernel.stack.runHook(kernel, skb, 'FORWARD', { inputDevice, outputDevice: route.dev }) === 'drop') return;
  kernel.stack.ipOutput(kernel, skb, route);
}

function decrementTtl(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.writable(), skb.networkOffset);
  const before = ip.ttl;
  ip.decrementTtl();
  const { ttl } = ip;
  const changes = [{ path: 'ipv4.ttl', from: String(before), to: String(ttl) }];
  kernel.world.recorder.step(kernel.id, skb, { type: 'forward', ttl }, { device: skb.meta.inputDevice, changes });
}
