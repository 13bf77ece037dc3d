import type { DropReason } from '../../../datamodel/flow/dropReason.ts';
import type { Route } from '../../../datamodel/network/tables.ts';
import { type IpAddress, ipv4ToNumber } from '../../../wire/address.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel, RouteResult } from '../kernel.ts';
import { nexthopByFlow } from '../route/multipath.ts';
import type { Skb } from '../skb.ts';
import { eitherSysctl, forwards } from './sysctl.ts';
import { validateSource } from './validateSource.ts';

export type InputRoute =
  | { readonly type: 'local' | 'broadcast'; readonly route: RouteResult }
  /** `onLink`: the sender is a neighbour on the device, so that a redirect could help it. */
  | { readonly type: 'forward'; readonly route: RouteResult; readonly onLink: boolean }
  /** The packet must not be answered at all. */
  | { readonly type: 'martian'; readonly reason: DropReason; readonly because: string; readonly entry?: Route }
  /** `icmpCode` is sent as destination unreachable, if the device forwards. */
  | {
      readonly type: 'error';
      readonly reason: DropReason;
      readonly because: string;
      readonly icmpCode?: number;
      readonly entry?: Route;
    };

/** Where a received packet goes (Linux: net/ipv4/route.c, ip_route_input_slow). */
export function routeInput(kernel: Kernel, skb: Skb, device: string): InputRoute {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  return routeInputFor(kernel, { source: ip.source, destination: ip.destination, device, mark: skb.meta.mark, skb });
}

export interface InputQuery {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly device: string;
  readonly mark: number;
  /** The packet itself, if there is one. */
  readonly skb?: Skb;
}

export function routeInputFor(kernel: Kernel, query: InputQuery): InputRoute {
  const { source, destination, device } = query;
  const martian = martianAddress(kernel, query);
  if (martian) return martian;
  if (ipv4ToNumber(destination) >>> 28 === 14) {
    return { type: 'martian', reason: 'NOT_SPECIFIED', because: `Nobody here listens to the group ${destination}` };
  }
  const found = kernel.fib.lookup({
    destination,
    source,
    inputDevice: device,
    mark: query.mark,
    nexthop: nexthopByFlow(kernel, query, query.skb),
  });
  if (destination === '255.255.255.255') return broadcastHere(found?.result, query);
  if (found === undefined) return unroutable(kernel, query);
  const { route, result } = found;
  // A packet that this host sent to itself was checked when it left (it carries its route over lo).
  const ownLoop = kernel.links.get(device)?.kind === 'loopback';
  const validity = ownLoop
    ? ({ ok: true, onLink: false } as const)
    : validateSource(kernel, source, device, result?.dev, destination);
  switch (route.type) {
    case 'local':
    case 'broadcast':
      if (!validity.ok) return { type: 'martian', ...validity };
      return result ? { type: route.type, route: result } : unroutable(kernel, query);
    case 'blackhole':
      return {
        type: 'error',
        reason: 'NOT_SPECIFIED',
        because: `A blackhole route swallows ${destination}`,
        entry: route,
      };
    case 'unreachable':
      return refused(route, 1, `A route says that ${destination} is unreachable`);
    case 'prohibit':
      return refused(route, 13, `A route prohibits ${destination}`);
    case 'unicast':
      if (!forwards(kernel, device)) return notForwarding(query, route);
      if (!validity.ok) return { type: 'martian', ...validity };
      return result ? { type: 'forward', route: result, onLink: validity.onLink } : unroutable(kernel, query);
  }
}

function martianAddress(kernel: Kernel, { source, destination, device }: InputQuery): InputRoute | undefined {
  const from = ipv4ToNumber(source);
  const to = ipv4ToNumber(destination);
  const martian = (reason: DropReason, because: string): InputRoute => ({ type: 'martian', reason, because });
  if (from >>> 28 === 14 || from === 0xffffffff) {
    return martian('IP_INVALID_SOURCE', `${source} cannot be the address of a sender`);
  }
  if (to === 0xffffffff || (from === 0 && to === 0)) return undefined;
  if (from >>> 24 === 0) return martian('IP_INVALID_SOURCE', `${source} cannot be the address of a sender`);
  if (to >>> 24 === 0) return martian('IP_INVALID_DEST', `${destination} cannot be a destination`);
  const onLoopback = kernel.links.get(device)?.kind === 'loopback';
  const localnet = onLoopback || eitherSysctl(kernel, device, 'route_localnet');
  if (to >>> 24 === 127 && !localnet)
    return martian('IP_LOCALNET', `${destination} is valid on lo only, and route_localnet is off`);
  if (from >>> 24 === 127 && !localnet)
    return martian('IP_LOCALNET', `${source} is valid on lo only, and route_localnet is off`);
  return undefined;
}

function broadcastHere(result: RouteResult | undefined, { destination, device }: InputQuery): InputRoute {
  if (result) return { type: 'broadcast', route: { ...result, dev: device } };
  const because = `${destination} is heard by programs that wait for it only`;
  return { type: 'martian', reason: 'NOT_SPECIFIED', because };
}

function unroutable(kernel: Kernel, query: InputQuery): InputRoute {
  if (!forwards(kernel, query.device)) return notForwarding(query, undefined);
  const because = `No route to ${query.destination}`;
  return { type: 'error', reason: 'IP_INNOROUTES', because, icmpCode: 0 };
}

function notForwarding({ destination, device }: InputQuery, entry: Route | undefined): InputRoute {
  const because = `${destination} is not an address of this host, and packets that come in by ${device} are not forwarded`;
  return { type: 'error', reason: 'IP_INADDRERRORS', because, ...(entry && { entry }) };
}

function refused(entry: Route, icmpCode: number, because: string): InputRoute {
  return { type: 'error', reason: 'NOT_SPECIFIED', because, icmpCode, entry };
}
