import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { BgpAlienRoute, BgpInterface, BgpKernelOptions, BgpLink } from './plan.ts';

/** Where BGP is to run: a cluster's nodes and what lies between them, before anybody has said who peers with whom. */
export interface BgpSite {
  readonly nodes: readonly BgpSiteNode[];
  readonly routers: readonly BgpSiteRouter[];
  readonly links: readonly BgpLink[];
}

export interface BgpSiteNode {
  readonly name: string;
  /** Of its Node object, for Calico's selectors. */
  readonly labels: ReadonlyMap<string, string>;
  /** The address that its BIRD speaks from, on the first interface. */
  readonly address: IpAddress;
  readonly interfaces: readonly BgpInterface[];
  readonly routes: readonly BgpAlienRoute[];
  /** Blocks and borrowed addresses that it announces. */
  readonly blocks: readonly IpPrefix[];
  /** Its own AS (projectcalico.org/ASNumber); the cluster's when left out. */
  readonly as?: number;
  /** projectcalico.org/RouteReflectorClusterID: it reflects routes. */
  readonly clusterId?: IpAddress;
}

export interface BgpSiteRouter {
  readonly name: string;
  readonly interfaces: readonly BgpInterface[];
  readonly routes: readonly BgpAlienRoute[];
  /** Without one it speaks no BGP and only forwards. */
  readonly as?: number;
}

/** BGPConfiguration and BGPPeers of Calico, as far as they say who peers with whom. */
export interface CalicoBgp {
  readonly as: number;
  /** nodeToNodeMeshEnabled. */
  readonly mesh: boolean;
  readonly peers: readonly CalicoBgpPeer[];
  /** Prefixes that nodes may announce: those of pools whose BGP export is not disabled. */
  readonly pools: readonly IpPrefix[];
  /** How nodes' BIRDs write routes, where it is not as usual. */
  readonly kernel?: Partial<BgpKernelOptions>;
}

/** A BGPPeer. Who has neither `node` nor `nodeSelector` is every node's. */
export interface CalicoBgpPeer {
  readonly node?: string;
  readonly nodeSelector?: (labels: ReadonlyMap<string, string>) => boolean;
  /** A router outside, of that AS. */
  readonly peer:
    | { readonly address: IpAddress; readonly as: number }
    | { readonly selector: (labels: ReadonlyMap<string, string>) => boolean };
}
