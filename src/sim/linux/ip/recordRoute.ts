import type { StepDetail } from '../../../datamodel/flow/step.ts';
import type { Route } from '../../../datamodel/network/tables.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel, RouteOutput, RouteResult } from '../kernel.ts';
import type { StepPlace } from '../recorder.ts';
import type { Skb } from '../skb.ts';
import type { InputRoute } from './routeInput.ts';
import { ASSUMED_ROUTE } from './routeOutput.ts';

/** Writes a route decision down: the line that decided, or that none did. */
export function recordRoute(
  kernel: Kernel,
  skb: Skb,
  purpose: 'input' | 'output',
  found: InputRoute | RouteOutput | RouteResult,
  place: StepPlace,
): void {
  const result = resultIn(found);
  const route = result?.route ?? ('entry' in found ? found.entry : undefined);
  const { destination } = new Ipv4View(skb.bytes, skb.networkOffset);
  const detail = detailOf(purpose, destination, route, result);
  const entry = route && route.id !== ASSUMED_ROUTE && ({ netns: kernel.id, table: 'route', id: route.id } as const);
  kernel.world.recorder.step(kernel.id, skb, detail, { ...place, ...(entry && { entry }) });
}

function resultIn(found: InputRoute | RouteOutput | RouteResult): RouteResult | undefined {
  if ('dev' in found) return found;
  return 'route' in found ? found.route : undefined;
}

function detailOf(
  purpose: 'input' | 'output',
  destination: IpAddress,
  route: Route | undefined,
  result: RouteResult | undefined,
): StepDetail {
  // of several next hops, the one that the packet's flow goes by
  const via = route?.nexthops && result && result.nextHop !== destination ? result.nextHop : route?.via;
  return {
    type: 'route',
    purpose,
    destination,
    result: route?.type ?? 'none',
    ...(result && { dev: result.dev }),
    ...(via !== undefined && { via }),
    ...(result?.source !== undefined && { source: result.source }),
    ...(route?.mtu !== undefined && { mtu: route.mtu }),
  };
}
