import { EthernetView, EtherType, emitEthernet, ZERO_MAC } from '../../../../wire/ethernet.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import type { Verdict } from '../programRun.ts';
import { redirectPeer } from '../redirectPeer.ts';
import { type EndpointRun, tell } from './endpointRun.ts';
import { routeEntry } from './entries.ts';
import { redirectTo, redirectToNeighbor, redirectToPod, wayOn } from './fib.ts';
import {
  BYPASS,
  BYPASS_FORWARD,
  FROM_NAT_VETH,
  hasMark,
  RELATED_RESOLVED,
  SEEN,
  TUNNEL_KEY_SET,
  withMark,
} from './marks.ts';
import { setTunnelKey } from './overlayKey.ts';
import { isLocalHost, isLocalWorkload, routeOf } from './routes.ts';
import { hopTo } from './serviceTunnel.ts';

const NO_MACS = { destination: ZERO_MAC, source: ZERO_MAC, etherType: EtherType.ipv4 };

/**
 * Sends the packet on (Felix: bpf-gpl/fib_co_re.h, forward_or_drop): by the shortest way that is safe, or by the host's stack, with a
 * mark that tells what was found out.
 */
export function finish(run: EndpointRun): Verdict {
  const { at, skb } = run;
  if (at.toHost) return toHost(run);
  if (run.turns) return turn(run);
  if (at.role === 'tunnel' && !hasMark(skb.meta.mark, TUNNEL_KEY_SET)) setTunnelKey(run, run.paths);
  return 'ok';
}

function toHost(run: EndpointRun): Verdict {
  const { at, skb, link } = run;
  skb.meta.mark = markOf(run);
  const sent = run.outer && at.fromWorkload && !run.paths.dsr ? backByTunnel(run) : undefined;
  const taken = sent ?? shortWay(run) ?? longWay(run);
  if (taken) return 'taken';
  // What came out of the Pods' tunnel has another device's MAC, which must not keep it from being read.
  if (at.role === 'tunnel' && skb.link === 'ethernet' && skb.meta.packetType !== 'host') {
    new EthernetView(skb.writable()).destination = link.mac;
    skb.meta.packetType = 'host';
  }
  return 'ok';
}

function markOf({ at, mark, found }: EndpointRun): number {
  let bits = withMark(mark, SEEN);
  if (at.role === 'natVeth') bits = withMark(bits, FROM_NAT_VETH);
  return found.related ? withMark(bits, RELATED_RESOLVED) : bits;
}

/** An answer that was wrapped goes where the request came from, with the MACs that its frame had. */
function backByTunnel(run: EndpointRun): 'taken' | undefined {
  const { found, outer, skb } = run;
  const dev = found.deviceBack;
  const hop = dev === undefined || !outer ? undefined : hopTo(run, dev, outer.destination);
  if (!hop || dev === undefined) return undefined;
  const frame = new EthernetView(skb.writable());
  frame.destination = hop.destination;
  frame.source = hop.source;
  return redirectTo(run, dev);
}

/** Into a Pod of this node, or into the Pods' tunnel, without asking for a route. */
function shortWay(run: EndpointRun): 'taken' | undefined {
  const { at, found, paths, skb } = run;
  if (run.outer) return undefined;
  if (at.fromDevice) return intoPeer(run);
  if (!run.fib) return undefined;
  const { destination } = run.packet.tuple;
  const to = routeOf(run, paths.routes, destination);
  if (!to || isLocalHost(to)) return undefined;
  const device = found.deviceBack ?? wayOn(run)?.dev;
  if (device === undefined) return undefined;
  if (isLocalWorkload(to)) return intoPeer(run);
  if (!to.tunneled || to.sameSubnet || to.nextHop === undefined) return undefined;
  const { vxlan } = paths;
  skb.meta.tunnelKey = { id: vxlan.overlayVni, remote: to.nextHop, ttl: 64, tos: 0, checksum: false };
  skb.meta.mark = withMark(skb.meta.mark, TUNNEL_KEY_SET);
  tell(run, 'redirect', {
    entry: routeEntry(run.kernel, to),
    helper: 'bpf_redirect',
    note: `${to.nextHop} has ${to.id}, by ${device}`,
  });
  return redirectTo(run, device);
}

/** Both ends know the connection: the packet comes out in the Pod at once. */
function intoPeer(run: EndpointRun): 'taken' | undefined {
  const { verdict, deviceBack, syn, toWorkload } = run.found;
  if (verdict !== 'bypass' || syn || deviceBack === undefined || !toWorkload) return undefined;
  const near = run.kernel.links.get(deviceBack);
  if (near?.kind !== 'veth') return undefined;
  tell(run, 'redirect', {
    helper: 'bpf_redirect_peer',
    note: `both ends know the connection, and ${deviceBack} leads to the Pod`,
  });
  // What a tunnel has unwrapped has no Ethernet header, and gets one that says nothing but what follows.
  const { skb } = run;
  if (skb.link === 'ip') skb.replace(emitEthernet(NO_MACS, skb.bytes), 'ethernet');
  return redirectPeer(run, near);
}

/** By the host's routes, past its stack. */
function longWay(run: EndpointRun): 'taken' | undefined {
  const { at, found, skb, paths, outer } = run;
  if (!run.fib) return undefined;
  const { ttl } = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ttl <= 1) return undefined;
  const { destination } = outer ?? run.packet.tuple;
  if (!outer && isLocalHost(routeOf(run, paths.routes, destination)) && at.fromWorkload) return undefined;
  const { confirmed, deviceBack, flags, toWorkload } = found;
  if (!outer && confirmed && deviceBack !== undefined && !flags.has('via-nat-if') && toWorkload) {
    tell(run, 'redirect', {
      helper: 'bpf_redirect_neigh',
      note: `the connection’s other packets come by ${deviceBack}`,
    });
    return redirectToPod(run, deviceBack, destination);
  }
  const way = wayOn(run);
  if (!way) return undefined;
  const entry = { netns: run.kernel.id, table: 'route' as const, id: way.route.id };
  tell(run, 'redirect', { entry, helper: 'bpf_redirect_neigh', note: `the host’s routes lead by ${way.dev}` });
  return redirectToNeighbor(run, way);
}

/** The host's own packet for a service's backend does not leave by the device that it was routed to: it turns round. */
function turn(run: EndpointRun): Verdict {
  const { skb, kernel, paths } = run;
  const way = wayOn(run);
  if (way) {
    skb.meta.mark = SEEN;
    tell(run, 'redirect', {
      helper: 'bpf_redirect_neigh',
      note: `the backend is by ${way.dev}, and not where the packet was to go`,
    });
    return redirectToNeighbor(run, way);
  }
  const near = kernel.links.get(paths.natVeth);
  if (!near) return 'ok';
  const far = near.kind === 'veth' ? kernel.links.get(near.peer.link) : undefined;
  if (!far || skb.link === 'ip') return 'ok';
  const frame = new EthernetView(skb.writable());
  frame.destination = far.mac;
  frame.source = near.mac;
  skb.meta.mark = run.turns === 'remote' ? BYPASS_FORWARD : BYPASS;
  return redirectTo(run, paths.natVeth) ?? 'ok';
}
