import { Ipv4View } from '../../../wire/ipv4.ts';
import { headFor } from '../device/direction.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import { lateParts } from '../lateParts.ts';
import type { Skb } from '../skb.ts';
import { mayNotFragment } from './mayNotFragment.ts';
import { forwardMtu, routeMtu } from './pathMtu.ts';
import { recordRoute } from './recordRoute.ts';
import { routeAnySource } from './routeOutput.ts';

/** A packet made in this namespace sets out (Linux: net/ipv4/ip_output.c, ip_local_out). `route` was found by the caller. */
export function ipLocalOut(kernel: Kernel, skb: Skb, route: RouteResult): void {
  const place = { device: route.dev };
  aim(kernel, skb, route);
  recordRoute(kernel, skb, 'output', route, place);
  const before = routingKey(skb);
  if (kernel.stack.runHook(kernel, skb, 'OUTPUT', { outputDevice: route.dev }) === 'drop') return;
  if (routingKey(skb) === before) {
    kernel.stack.ipOutput(kernel, skb, route);
    return;
  }
  // A rule changed what the route depends on: it is looked up again, with whatever source there is (ip_route_me_harder).
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const found = routeAnySource(kernel, { destination: ip.destination, source: ip.source, mark: skb.meta.mark });
  if (!found.ok) {
    recordRoute(kernel, skb, 'output', found, place);
    dropPacket(kernel, skb, 'IP_OUTNOROUTES', `No route to ${ip.destination}, the packet's new destination`, place);
    return;
  }
  aim(kernel, skb, found.route);
  recordRoute(kernel, skb, 'output', found, { device: found.route.dev });
  kernel.stack.ipOutput(kernel, skb, found.route);
}

/** POSTROUTING, then fragments if need be, then the neighbour (Linux: ip_output, ip_finish_output). */
export function ipOutput(kernel: Kernel, skb: Skb, route: RouteResult): void {
  const { inputDevice } = skb.meta;
  const names = { inputDevice, outputDevice: route.dev };
  if (kernel.stack.runHook(kernel, skb, 'POSTROUTING', names) === 'drop') return;
  skb.meta.route = route;
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const forwarded = inputDevice !== undefined;
  const mtu = forwarded ? forwardMtu(kernel, route, ip.destination) : routeMtu(kernel, route, ip.destination);
  const largest = skb.meta.fragmentMaxSize;
  if (ip.totalLength <= mtu && largest === undefined) {
    kernel.stack.neighborOutput(kernel, skb, route.dev, route.nextHop);
    return;
  }
  if (mayNotFragment(skb, mtu)) {
    const error = { type: 3, code: 4, nextHopMtu: mtu };
    const sent = kernel.stack.icmpSend(kernel, skb, error);
    const because = `${ip.totalLength} bytes are more than the MTU of ${mtu} towards ${ip.destination}, and the packet says "do not fragment"`;
    dropPacket(
      kernel,
      skb,
      'PKT_TOO_BIG',
      because,
      { device: route.dev },
      sent ? { type: 3, code: 4, mtu } : undefined,
    );
    return;
  }
  const limit = Math.min(mtu, largest ?? mtu);
  if (ip.totalLength <= limit) {
    kernel.stack.neighborOutput(kernel, skb, route.dev, route.nextHop);
    return;
  }
  for (const piece of lateParts().splitPacket(kernel, skb, limit, route.dev)) {
    kernel.stack.neighborOutput(kernel, piece, route.dev, route.nextHop);
  }
}

function aim(kernel: Kernel, skb: Skb, route: RouteResult): void {
  const link = kernel.links.get(route.dev);
  if (link) headFor(kernel, skb, link);
}

function routingKey(skb: Skb): string {
  const { source, destination, tos } = new Ipv4View(skb.bytes, skb.networkOffset);
  return `${source} ${destination} ${tos} ${skb.meta.mark}`;
}
