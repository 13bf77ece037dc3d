import type { IpipLink } from '../../../datamodel/network/link.ts';
import { IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { outerTos } from '../tunnel/ecn.ts';
import { routeOuter } from '../tunnel/outerRoute.ts';
import { tellSender } from '../tunnel/pathMtu.ts';
import { sendOuter } from '../tunnel/sendOuter.ts';

const OVERHEAD = IPV4_HEADER_LENGTH;

/**
 * A packet leaves by an IPIP device (RFC 2003; Linux: net/ipv4/ip_tunnel.c, ip_tunnel_xmit): wrapped for the device's other
 * end, or where the device names none for the one that a program has named, else for the next hop of its own route. TTL and DF are the inner packet's unless the device
 * has its own.
 */
export function ipipTransmit(kernel: Kernel, skb: Skb, link: IpipLink): void {
  const place = { device: link.name };
  const inner = new Ipv4View(skb.bytes);
  const remote = link.remote ?? skb.meta.tunnelKey?.remote ?? skb.meta.route?.nextHop ?? inner.destination;
  const route = routeOuter(kernel, skb, link, { remote, local: link.local, lower: link.lower });
  if (route === undefined) return;
  const source = link.local ?? route.source;
  if (source === undefined) {
    dropPacket(kernel, skb, 'IP_OUTNOROUTES', `No address of this host can send to ${remote}`, place);
    return;
  }
  const dontFragment = link.pathMtuDiscovery || inner.dontFragment;
  if (!fits(kernel, skb, link, { route, remote, inner, dontFragment })) return;
  const { ttl } = inner;
  sendOuter(
    kernel,
    skb,
    skb.bytes,
    {
      protocol: IpProtocol.ipip,
      source,
      destination: remote,
      ttl: link.ttl === 0 ? ttl : link.ttl,
      tos: outerTos(inner),
      dontFragment,
    },
    route,
    { detail: { type: 'encapsulate', tunnel: 'ipip', overhead: OVERHEAD, remote }, place },
  );
}

interface Fitting {
  readonly route: RouteResult;
  readonly remote: Ipv4View['destination'];
  readonly inner: Ipv4View;
  readonly dontFragment: boolean;
}

/**
 * What the way outside leaves for the inner packet is remembered for its destination; one that is longer and forbids
 * fragments is refused (tnl_update_pmtu). Where the outer packet may be fragmented, it is the device's MTU that counts.
 */
function fits(kernel: Kernel, skb: Skb, link: IpipLink, { route, remote, inner, dontFragment }: Fitting): boolean {
  const { destination, totalLength } = inner;
  const own = skb.meta.route ? kernel.stack.routeMtu(kernel, skb.meta.route, destination) : link.mtu;
  const mtu = dontFragment ? kernel.stack.routeMtu(kernel, route, remote) - OVERHEAD : own;
  kernel.stack.learnPathMtu(kernel, destination, mtu);
  if (!inner.dontFragment || totalLength <= mtu) return true;
  const sent = tellSender(kernel, skb, { type: 3, code: 4, nextHopMtu: mtu });
  const because = `${totalLength} bytes are more than the MTU of ${mtu} that the tunnel to ${remote} leaves, and the packet says "do not fragment"`;
  dropPacket(
    kernel,
    skb,
    'NOT_SPECIFIED',
    because,
    { device: link.name },
    sent ? { type: 3, code: 4, mtu } : undefined,
  );
  return false;
}
