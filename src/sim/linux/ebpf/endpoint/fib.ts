import type { EntryRef } from '../../../../datamodel/flow/step.ts';
import { isHeaderless } from '../../../../datamodel/network/link.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { ETHERNET_HEADER_LENGTH } from '../../../../wire/ethernet.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import type { RouteResult } from '../../routeResult.ts';
import { fibLookup } from '../fibLookup.ts';
import type { EndpointRun } from './endpointRun.ts';

/** The way by which the host would forward the packet, or another; undefined: it would keep it, refuse it, or it is too long. */
export function wayOn(run: EndpointRun, ends?: Pick<Ipv4View, 'source' | 'destination'>): RouteResult | undefined {
  run.lookup.lookups++;
  const found = fibLookup(run, ends);
  return found.type === 'SUCCESS' || found.type === 'NO_NEIGH' ? found.route : undefined;
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
