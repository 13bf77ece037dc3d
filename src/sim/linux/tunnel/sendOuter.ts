import type { StepDetail } from '../../../datamodel/flow/step.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { emitIpv4 } from '../../../wire/ipv4.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import type { StepPlace } from '../recorder.ts';
import type { Skb } from '../skb.ts';

/** What a tunnel decides about its outer IP header. */
export interface OuterHeader {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly tos: number;
  readonly dontFragment: boolean;
}

/** Who wraps, and what it says of that. */
export interface Wrapping {
  readonly detail: Extract<StepDetail, { type: 'encapsulate' | 'originate' }>;
  readonly place: StepPlace & { readonly device: string };
}

/**
 * Puts an IP header in front of a tunnel's payload and sends it by this host's own stack, hooks and all (Linux:
 * net/ipv4/ip_tunnel_core.c, iptunnel_xmit). The id counts even where DF is set.
 */
export function sendOuter(
  kernel: Kernel,
  skb: Skb,
  payload: Uint8Array,
  header: OuterHeader,
  route: RouteResult,
  { detail, place }: Wrapping,
): void {
  const { source, destination, protocol } = header;
  const identification = kernel.stack.nextIpId(kernel, `${source} ${destination} ${protocol}`);
  const fields = { ...header, identification, moreFragments: false, fragmentOffset: 0 };
  skb.replace(emitIpv4(fields, payload), 'ip');
  const { meta } = skb;
  delete meta.connection;
  delete meta.connectionState;
  delete meta.connectionReply;
  delete meta.bridge;
  delete meta.inputDevice;
  delete meta.fragmentMaxSize;
  delete meta.fragmentSizes;
  delete meta.pathMtuDiscovery;
  delete meta.route;
  delete meta.tunnelKey;
  meta.packetType = 'host';
  meta.pass = 'tunnel';
  meta.direction = 'down';
  meta.tunnel = place.device;
  kernel.world.recorder.step(kernel.id, skb, detail, place);
  kernel.stack.ipLocalOut(kernel, skb, route);
}
