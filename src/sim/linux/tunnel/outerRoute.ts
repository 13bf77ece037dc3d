import type { Link } from '../../../datamodel/network/link.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { dropPacket } from '../device/drop.ts';
import { recordRoute } from '../ip/recordRoute.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** Where a tunnel's outer packet is to go. */
export interface OuterEnds {
  readonly remote: IpAddress;
  /** Absent: the route chooses. */
  readonly local?: IpAddress | undefined;
  /** Device that it must leave by; one that is gone does not bind. */
  readonly lower?: string | undefined;
}

/** The way to a tunnel's other end (Linux: ip_route_output_key of every tunnel's transmit). @returns undefined when there is none: the packet's trace has been ended. */
export function routeOuter(kernel: Kernel, skb: Skb, link: Link, ends: OuterEnds): RouteResult | undefined {
  const { remote, local } = ends;
  const place = { device: link.name };
  const lower = ends.lower !== undefined && kernel.links.has(ends.lower) ? ends.lower : undefined;
  const found = kernel.stack.routeOutput(kernel, { destination: remote, source: local, outputDevice: lower });
  if (!found.ok) {
    recordRoute(kernel, skb, 'output', found, place);
    dropPacket(kernel, skb, 'IP_OUTNOROUTES', `No route to the tunnel's other end ${remote}`, place);
    return undefined;
  }
  if (found.route.dev === link.name) {
    const because = `The route to the tunnel's other end ${remote} leads into ${link.name} itself`;
    dropPacket(kernel, skb, 'IP_OUTNOROUTES', because, place);
    return undefined;
  }
  return found.route;
}
