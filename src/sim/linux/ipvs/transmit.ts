import type { EntryRef } from '../../../datamodel/flow/step.ts';
import type { Hook } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ipv4ToNumber } from '../../../wire/address.ts';
import { familyAt } from '../../../wire/ip.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { headFor } from '../device/direction.ts';
import { ipv6WayOut } from '../ip/ipv6WayOut.ts';
import { mayNotFragment } from '../ip/mayNotFragment.ts';
import { recordRoute } from '../ip/recordRoute.ts';
import { routeAnySource } from '../ip/routeOutput.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import type { HookVerdict } from '../netfilter/hookFunction.ts';
import { rewriteEnd } from '../netfilter/rewrite.ts';
import { tupleOf } from '../netfilter/tuple.ts';
import { dropPacket } from '../netfilter/verdict.ts';
import type { Skb } from '../skb.ts';
import type { LiveConnection } from './connection.ts';
import { informConntrack } from './conntrack.ts';

/** The line of `ipvsadm -Lnc` that a step refers to. */
export function connectionRef(kernel: Kernel, { id }: LiveConnection): EntryRef {
  return { netns: kernel.id, table: 'ipvs', id };
}

/** Gives a packet to its real server by the method that the latter was added with (cp->packet_xmit). */
export function transmit(kernel: Kernel, skb: Skb, hook: Hook, connection: LiveConnection): HookVerdict {
  return connection.direct
    ? transmitDirectly(kernel, skb, hook, connection)
    : transmitByNat(kernel, skb, hook, connection);
}

/** By its MAC alone: the real server must answer to the virtual server's address itself (ip_vs_xmit.c, ip_vs_dr_xmit). */
export function transmitDirectly(kernel: Kernel, skb: Skb, hook: Hook, connection: LiveConnection): HookVerdict {
  const route = routeTo(kernel, skb, hook, connection.destination.address, hook !== 'FORWARD');
  return route === undefined ? 'drop' : sendOn(kernel, skb, connection, route);
}

/**
 * Gives a packet to its real server by rewriting the destination (ip_vs_xmit.c, ip_vs_nat_xmit). What leaves this host goes
 * through OUTPUT and POSTROUTING from here, and the hook that it was at sees no more of it.
 */
function transmitByNat(kernel: Kernel, skb: Skb, hook: Hook, connection: LiveConnection): HookVerdict {
  if (familyAt(skb.bytes, skb.networkOffset) === 'IPv6') {
    rewriteDestination(kernel, skb, hook, connection);
    return sendOnIpv6(kernel, skb, connection);
  }
  const route = routeTo(kernel, skb, hook, connection.destination.address, true);
  if (route === undefined) return 'drop';
  rewriteDestination(kernel, skb, hook, connection);
  return sendOn(kernel, skb, connection, route);
}

function rewriteDestination(kernel: Kernel, skb: Skb, hook: Hook, connection: LiveConnection): void {
  const before = tupleOf(skb.bytes, skb.networkOffset);
  if (before === undefined) return;
  const { address, port } = connection.destination;
  const after = { ...before, destination: address, destinationPort: port };
  const changes = rewriteEnd(skb.writable(), skb.networkOffset, after, 'destination');
  const detail = { type: 'translate', kind: 'dnat', by: 'ipvs', before, after } as const;
  kernel.world.recorder.step(kernel.id, skb, detail, { hook, changes, entry: connectionRef(kernel, connection) });
}

/** As {@link sendOn} for IPv6, which has no routes and neighbours yet: the packet meets the hooks that it would. */
function sendOnIpv6(kernel: Kernel, skb: Skb, connection: LiveConnection): HookVerdict {
  skb.meta.ipvs = true;
  informConntrack(kernel, skb, connection);
  if (kernel.fib.addressType(connection.destination.address) === 'LOCAL') return 'accept';
  const devices = { outputDevice: ipv6WayOut(kernel) };
  if (kernel.stack.runHook(kernel, skb, 'OUTPUT', devices) === 'accept')
    kernel.stack.runHook(kernel, skb, 'POSTROUTING', devices);
  return 'drop';
}

/** The packet leaves by OUTPUT, or goes on here when the real server is this host (ip_vs_nat_send_or_cont). */
export function sendOn(kernel: Kernel, skb: Skb, connection: LiveConnection, route: RouteResult): HookVerdict {
  skb.meta.ipvs = true;
  informConntrack(kernel, skb, connection);
  if (route.route.type === 'local') return 'accept';
  recordRoute(kernel, skb, 'output', route, { device: route.dev });
  if (kernel.stack.runHook(kernel, skb, 'OUTPUT', { outputDevice: route.dev }) === 'accept')
    kernel.stack.ipOutput(kernel, skb, route);
  return 'drop';
}

/**
 * The way to a real server, with what a router does before it sends a packet on: TTL, then MTU (__ip_vs_get_out_rt).
 * @param toHere whether the real server may be this host.
 * @returns undefined when the packet has been dropped, with the error its sender is told.
 */
export function routeTo(
  kernel: Kernel,
  skb: Skb,
  hook: Hook,
  destination: IpAddress,
  toHere: boolean,
): RouteResult | undefined {
  const found = routeAnySource(kernel, { destination });
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const refuse = (because: string, error?: { type: number; code: number; nextHopMtu?: number }): undefined => {
    const sent = error !== undefined && kernel.stack.icmpSend(kernel, skb, error);
    const icmp = error && { type: error.type, code: error.code, ...(error.nextHopMtu && { mtu: error.nextHopMtu }) };
    dropPacket(kernel, skb, hook, because, sent && icmp ? { icmp } : {});
    return undefined;
  };
  if (!found.ok) return refuse(`There is no route to the real server ${destination}.`, { type: 3, code: 1 });
  const { route } = found;
  if (route.route.type === 'local')
    return toHere ? route : refuse('IPVS does not turn a forwarded packet to this host.');
  if (ipv4ToNumber(ip.source) >>> 24 === 127) return refuse(`${ip.source} means nothing to another host.`);
  if (ip.ttl <= 1) return refuse(`The TTL of ${ip.ttl} does not allow another hop.`, { type: 11, code: 0 });
  headTo(kernel, skb, route);
  lowerTtl(kernel, skb, hook);
  const mtu = kernel.stack.routeMtu(kernel, route, destination);
  if (mayNotFragment(skb, mtu)) {
    const because = `${ip.totalLength} bytes are more than the MTU of ${mtu} towards ${destination}, and the packet says "do not fragment".`;
    return refuse(because, { type: 3, code: 4, nextHopMtu: mtu });
  }
  return route;
}

function headTo(kernel: Kernel, skb: Skb, route: RouteResult): void {
  const link = kernel.links.get(route.dev);
  if (link) headFor(kernel, skb, link);
}

function lowerTtl(kernel: Kernel, skb: Skb, hook: Hook): void {
  const ip = new Ipv4View(skb.writable(), skb.networkOffset);
  const before = ip.ttl;
  ip.decrementTtl();
  const changes = [{ path: 'ipv4.ttl', from: String(before), to: String(ip.ttl) }];
  kernel.world.recorder.step(kernel.id, skb, { type: 'forward', ttl: ip.ttl }, { hook, changes });
}
