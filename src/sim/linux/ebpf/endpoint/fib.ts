import type { EntryRef } from '../../../../datamodel/flow/step.ts';
import { isHeaderless } from '../../../../datamodel/network/link.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../../../../wire/ethernet.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { arrive, toProtocol } from '../../device/arrive.ts';
import { otherEnd } from '../../device/carrier.ts';
import { forwards } from '../../ip/sysctl.ts';
import type { RouteResult } from '../../routeResult.ts';
import type { EndpointRun } from './endpointRun.ts';

/**
 * Where the host would forward a packet (Linux: net/core/filter.c, bpf_fib_lookup). undefined: it would keep it, refuse it, or knows no
 * way.
 */
export function fibLookup(
  { kernel, link }: EndpointRun,
  source: IpAddress,
  destination: IpAddress,
  mark = 0,
): RouteResult | undefined {
  if (!forwards(kernel, link.name)) return undefined;
  const found = kernel.fib.lookup({ source, destination, inputDevice: link.name, mark });
  return found?.route.type === 'unicast' ? found.result : undefined;
}

/** Sends the packet to a neighbour on a device, past the host's stack: it loses a hop (bpf_redirect_neigh). */
export function redirectToNeighbor(
  run: EndpointRun,
  { dev, nextHop, route }: Pick<RouteResult, 'dev' | 'nextHop' | 'route'>,
): 'taken' {
  const { kernel, skb } = run;
  loseHop(run, { netns: kernel.id, table: 'route', id: route.id });
  bare(run);
  kernel.stack.neighborOutput(kernel, skb, dev, nextHop);
  return 'taken';
}

/** As {@link redirectToNeighbor}, to a Pod by the device that its connection names: no route is looked up. */
export function redirectToPod(run: EndpointRun, dev: string, address: IpAddress): 'taken' {
  loseHop(run, undefined);
  bare(run);
  run.kernel.stack.neighborOutput(run.kernel, run.skb, dev, address);
  return 'taken';
}

/**
 * Hands the frame to the other end of a Pod's cable, in the Pod's namespace, as if it had come out there; nothing at the near end sees
 * it (bpf_redirect_peer).
 * @returns undefined where there is no other end.
 */
export function redirectToPeer({ kernel, skb }: EndpointRun, dev: string): 'taken' | undefined {
  const near = kernel.links.get(dev);
  const far = near?.kind === 'veth' ? otherEnd(kernel, near) : undefined;
  if (!near || !far) return undefined;
  const length = skb.bytes.length - skb.networkOffset;
  if (length > far.link.mtu) return undefined;
  skb.scrub();
  skb.meta.direction = 'up';
  if (arrive(far.kernel, skb, far.link, 'host')) toProtocol(far.kernel, skb, far.link);
  return 'taken';
}

/** Lets the frame leave by a device as it is (bpf_redirect). */
export function redirectTo({ kernel, skb }: EndpointRun, dev: string): 'taken' | undefined {
  const link = kernel.links.get(dev);
  if (!link) return undefined;
  if (isHeaderless(link) && skb.link === 'ethernet') skb.replace(skb.bytes.slice(ETHERNET_HEADER_LENGTH), 'ip');
  kernel.stack.transmit(kernel, skb, link);
  return 'taken';
}

function loseHop({ kernel, skb, link }: EndpointRun, entry: EntryRef | undefined): void {
  const { ttl } = new Ipv4View(skb.bytes, skb.networkOffset);
  new Ipv4View(skb.writable(), skb.networkOffset).decrementTtl();
  const changes = [{ path: 'ipv4.ttl', from: String(ttl), to: String(ttl - 1) }];
  kernel.world.recorder.step(kernel.id, skb, { type: 'forward', ttl: ttl - 1 }, { device: link.name, changes, entry });
}

function bare({ skb }: EndpointRun): void {
  if (skb.link === 'ethernet') skb.replace(skb.bytes.slice(ETHERNET_HEADER_LENGTH), 'ip');
}
