import type { IpAddress } from '../../../wire/address.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { eitherSysctl, largerSysctl } from './sysctl.ts';

/** Virtual nanoseconds and counts of route.c: ip_rt_redirect_load, _number, _silence. */
const LOAD = 20_000_000;
const NUMBER = 9;
const SILENCE = LOAD * 2 ** (NUMBER + 1);

interface RedirectState {
  count: number;
  last: number;
}

/** How many redirects a host has been sent, which slows them down until it listens. */
const sentRedirects = new WeakMap<Kernel, Map<IpAddress, RedirectState>>();

/**
 * Tells an on-link sender that it could have gone to the next hop itself (RFC 1812 5.2.7.2; Linux: net/ipv4/route.c,
 * ip_rt_send_redirect). The packet is forwarded all the same.
 */
export function sendRedirect(kernel: Kernel, skb: Skb, route: RouteResult): void {
  if (!eitherSysctl(kernel, route.dev, 'send_redirects')) return;
  const { source, headerLength } = new Ipv4View(skb.bytes, skb.networkOffset);
  const sharedMedia = largerSysctl(kernel, route.dev, 'shared_media') !== 0;
  if (!sharedMedia || headerLength > 20) return;
  const { now } = kernel.world.queue;
  const states = sentRedirects.get(kernel) ?? new Map<IpAddress, RedirectState>();
  sentRedirects.set(kernel, states);
  const state = states.get(source) ?? { count: 0, last: Number.NEGATIVE_INFINITY };
  states.set(source, state);
  if (now > state.last + SILENCE) state.count = 0;
  if (state.count >= NUMBER) {
    state.last = now;
    return;
  }
  if (state.count > 0 && now <= state.last + LOAD * 2 ** state.count) return;
  kernel.stack.icmpSend(kernel, skb, { type: 5, code: 1, gateway: route.nextHop });
  state.last = now;
  state.count++;
}
