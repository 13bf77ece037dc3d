import type { BgpNextHop } from '../../../../datamodel/bgp/state.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import type { BgpAttributes } from '../../../../wire/bgpAttribute.ts';

/** Where a route of BIRD's table is from: a protocol, and which of its routes for the same prefix (`rte_src`). */
export interface RouteSource {
  /** Counts up over all sources: what add-path sends as path identifier (`global_id`). */
  readonly id: number;
  readonly protocol: RouteProtocol;
}

/** A protocol that fills the table. BGP's have what decisions between their routes need. */
export interface RouteProtocol {
  readonly name: string;
  readonly type: 'direct' | 'kernel' | 'static' | 'bgp';
  readonly preference: number;
  readonly bgp?: BgpNeighborhood;
}

/** What a BGP session adds to the routes that it brings. */
export interface BgpNeighborhood {
  /** Both sides are of one AS. */
  readonly internal: boolean;
  readonly localAs: number;
  readonly neighbor: IpAddress;
  readonly neighborId: IpAddress | undefined;
  /** The cluster that the neighbour is a client in, where it is one. */
  readonly clusterId: IpAddress | undefined;
  /** The interface of a neighbour on a shared subnet. */
  readonly device: string | undefined;
}

/** BIRD prefers the protocol with the highest, before anything that BGP compares (`nest/protocol.h`). */
export const PREFERENCE = { direct: 240, static: 200, bgp: 100, kernel: 10 } as const;

/** IGP_METRIC_UNKNOWN: the route to the next hop has no metric that BGP could compare. */
export const UNKNOWN_METRIC = Number.POSITIVE_INFINITY;

/** A route of BIRD's table (`rte` with its `rta`). */
export interface TableRoute {
  readonly destination: IpPrefix;
  readonly source: RouteSource;
  readonly type: 'unicast' | 'blackhole' | 'unreachable';
  readonly nextHops: readonly BgpNextHop[];
  /** Of BGP routes. */
  readonly attributes?: BgpAttributes;
  /** To BGP's next hop. */
  readonly igpMetric: number;
  /** BGP's next hop, where it is looked up in the table (`gateway recursive`). */
  readonly recursive?: IpAddress;
  readonly kernelSource?: { readonly protocol: number; readonly metric: number };
  /** Nanoseconds of virtual time. */
  readonly since: number;
}
