import type { BgpAlienRoute, BgpSpeaker } from '../../../../datamodel/bgp/plan.ts';
import type { BgpKernelRoute, BgpNextHop } from '../../../../datamodel/bgp/state.ts';
import { type IpPrefix, prefixContains } from '../../../../wire/address.ts';
import type { KernelTable } from './kernelTable.ts';
import { isNeighbour } from './network.ts';
import { prefixKey } from './prefixOrder.ts';
import { PREFERENCE, type RouteProtocol, type TableRoute, UNKNOWN_METRIC } from './route.ts';
import type { RouteSources } from './sources.ts';
import type { Channel, Table } from './table.ts';

const BIRD = 'bird';

interface LearnContext {
  readonly table: Table;
  readonly sources: RouteSources;
  /** Nanoseconds of virtual time. */
  readonly now: number;
}

/** BIRD's `protocol kernel { learn; persist; … }`: writes BGP's best routes and learns those of others (sysdep/unix/krt.c). */
export class KernelProtocol implements Channel {
  /** Until the first scan it does not touch the kernel's table. */
  active = false;
  readonly mode: Channel['mode'];
  readonly exported = new Set<string>();
  /** BIRD is shutting down: nothing is taken back (`persist`). */
  persisting = false;
  readonly protocol: RouteProtocol = { name: 'kernel1', type: 'kernel', preference: PREFERENCE.kernel };
  readonly #speaker: BgpSpeaker;
  readonly #kernel: KernelTable;

  constructor(speaker: BgpSpeaker, kernel: KernelTable) {
    this.#speaker = speaker;
    this.#kernel = kernel;
    this.mode = speaker.kernel.mergePaths ? 'merged' : 'optimal';
  }

  /**
   * Looks through the kernel's table, at `now` nanoseconds: what an earlier BIRD left goes, what others put there is
   * learned and what is theirs no more forgotten, and what the kernel lost or refused is written again.
   */
  scan(table: Table, sources: RouteSources, now: number): void {
    if (this.persisting) return;
    const { metric } = this.#speaker.kernel;
    const wanted = new Set<string>();
    for (const [best] of table.walk()) if (best && this.accepts(best)) wanted.add(prefixKey(best.destination));
    for (const route of this.#kernel.routes) {
      const own = route.protocol === BIRD && route.metric === metric && !this.#isGiven(route);
      if (own && !wanted.has(prefixKey(route.destination))) this.#kernel.remove(route.destination, BIRD, metric);
    }
    this.active = true;
    table.feed(this);
    // Its own protocol number it never learns.
    for (const route of this.#speaker.alien) if (route.protocol !== 12) this.#learn(route, { table, sources, now });
  }

  accepts = (route: TableRoute): boolean => {
    const { type } = route.source.protocol;
    return type === 'bgp' || (type === 'static' && this.#speaker.kernel.blackholes);
  };

  notify = (destination: IpPrefix, route: TableRoute | undefined): void => {
    if (this.persisting) return;
    const { metric } = this.#speaker.kernel;
    if (!route) this.#kernel.remove(destination, BIRD, metric);
    else this.#kernel.replace(kernelRouteOf(route, this.#speaker));
  };

  #learn(alien: BgpAlienRoute, { table, sources, now }: LearnContext): void {
    const { destination, gateway, device, protocol, metric } = alien;
    const source = sources.of(this.protocol, 0);
    const route: TableRoute = {
      destination,
      source,
      type: device === undefined ? 'blackhole' : 'unicast',
      nextHops: device === undefined ? [] : [{ ...(gateway && { gateway }), device }],
      igpMetric: UNKNOWN_METRIC,
      kernelSource: { protocol, metric },
      since: now,
    };
    table.update(source, destination, this.#kernel.holds(alien) ? route : undefined);
  }

  #isGiven({ destination }: BgpKernelRoute): boolean {
    return this.#speaker.alien.some((alien) => prefixKey(alien.destination) === prefixKey(destination));
  }
}

/** A route of BIRD's table as its kernel protocol writes it. */
export function kernelRouteOf(route: TableRoute, speaker: BgpSpeaker): BgpKernelRoute {
  const { metric } = speaker.kernel;
  const tunnel = tunnelFor(route, speaker);
  return {
    destination: route.destination,
    type: route.type,
    nextHops: tunnel ? [tunnel] : route.nextHops,
    protocol: BIRD,
    ...(metric !== undefined && { metric }),
  };
}

/** Calico's krt_tunnel: to BGP's next hop, as if that were on the tunnel's device. */
function tunnelFor(route: TableRoute, { kernel, interfaces }: BgpSpeaker): BgpNextHop | undefined {
  const gateway = route.attributes?.nextHop;
  if (!gateway || route.type !== 'unicast') return undefined;
  const tunnel = kernel.tunnels?.find(({ prefix }) => prefixContains(prefix, route.destination.address));
  if (!tunnel) return undefined;
  const isNear = interfaces.some(({ addresses }) => addresses.some((own) => isNeighbour(own, gateway)));
  return tunnel.onlyAcrossSubnets && isNear ? undefined : { gateway, device: tunnel.device, onlink: true };
}
