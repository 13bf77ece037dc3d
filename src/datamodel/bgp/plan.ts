import type { IpAddress, IpPrefix } from '../../wire/address.ts';

/** Everything that speaks BGP or passes its packets on, and how it is cabled: what a run of the control plane starts from. */
export interface BgpPlan {
  readonly speakers: readonly BgpSpeaker[];
  readonly links: readonly BgpLink[];
}

/** One machine. Without peers it runs no BIRD: a router or a host that only passes packets on, or not even that. */
export interface BgpSpeaker {
  readonly name: string;
  readonly routerId: IpAddress;
  /** Whether it forwards packets of others, as routers do; sessions over several hops need such machines in between. */
  readonly forwards: boolean;
  readonly interfaces: readonly BgpInterface[];
  /** What its kernel's main table holds of others' making (`ip route` by an administrator, DHCP): BIRD learns and keeps it. */
  readonly alien: readonly BgpAlienRoute[];
  /** Address blocks that it announces, each a blackhole in BIRD's static protocol. */
  readonly blocks: readonly IpPrefix[];
  readonly kernel: BgpKernelOptions;
  readonly peers: readonly BgpPeer[];
  /** Seconds of virtual time at which BIRD is started; at 0 when left out. */
  readonly startsAt?: number;
}

export interface BgpInterface {
  readonly name: string;
  /** Addresses with their subnets' lengths; /32s of `lo` among them. */
  readonly addresses: readonly IpPrefix[];
}

export interface BgpAlienRoute {
  readonly destination: IpPrefix;
  /** Without a gateway and an interface it is a blackhole. */
  readonly gateway?: IpAddress;
  readonly device?: string;
  /** rtm_protocol: 3 is boot, 4 static, 12 bird. */
  readonly protocol: number;
  readonly metric: number;
}

/** How BIRD's kernel protocol writes routes. */
export interface BgpKernelOptions {
  /** 32 in BIRD 2; BIRD 1.6, and so Calico's, writes none. */
  readonly metric?: number;
  /** `merge paths on`: equal routes become one with several next hops. */
  readonly mergePaths: boolean;
  /** Whether local blocks are exported to the kernel as blackholes, as Calico's filter for it does. */
  readonly blackholes: boolean;
  /** Destinations that Calico's BIRD sends through a tunnel to the next hop that BGP names, always or where that is on another subnet. */
  readonly tunnels?: readonly BgpTunnel[];
}

export interface BgpTunnel {
  readonly prefix: IpPrefix;
  readonly device: string;
  readonly onlyAcrossSubnets: boolean;
}

/** One `protocol bgp` of BIRD's configuration. Times in seconds. */
export interface BgpPeer {
  readonly name: string;
  readonly neighbor: IpAddress;
  readonly neighborAs: number;
  readonly localAddress: IpAddress;
  readonly localAs: number;
  /** `multihop`: the neighbour need not be on a shared subnet, and next hops are looked up in the table. */
  readonly multihop: boolean;
  /** Waits to be connected to. */
  readonly passive: boolean;
  readonly holdTime: number;
  /** A third of the hold time when left out. */
  readonly keepaliveTime?: number;
  readonly connectDelayTime: number;
  readonly connectRetryTime: number;
  /** After errors: the first wait, which doubles up to the second. */
  readonly errorWaitTime: readonly [number, number];
  /** `on` keeps routes of a peer that restarts and asks the same; `aware` (BIRD's default) only helps others. */
  readonly gracefulRestart: 'on' | 'aware' | 'off';
  readonly addPaths: boolean;
  /** `next hop self`. */
  readonly nextHopSelf: boolean;
  /** The neighbour is a client of this route reflector, in the cluster of that identifier (RFC 4456). */
  readonly reflectorClient?: { readonly clusterId: IpAddress };
  /** Prefixes that may be announced: inside `prefix`, at least `from` and at most `to` bits long. */
  readonly exports: readonly BgpPrefixPattern[];
  /** What may come in; everything when left out. */
  readonly imports?: readonly BgpPrefixPattern[];
}

export interface BgpPrefixPattern {
  readonly prefix: IpPrefix;
  readonly from: number;
  readonly to: number;
}

/**
 * What joins interfaces: a cable, whose ends both see when it goes, or a switch, whose other ports stay up.
 * An interface on no link is up and leads nowhere, as `lo`.
 */
export interface BgpLink {
  readonly name: string;
  readonly kind: 'cable' | 'switch';
  readonly ends: readonly BgpLinkEnd[];
  /** The network there lets no TCP to port 179 through. */
  readonly blocksBgp?: boolean;
}

export interface BgpLinkEnd {
  readonly speaker: string;
  readonly interface: string;
}

/** BIRD 2.0.12's defaults for a session. */
export const BGP_PEER_DEFAULTS = {
  multihop: false,
  passive: false,
  holdTime: 240,
  connectDelayTime: 5,
  connectRetryTime: 120,
  errorWaitTime: [60, 300],
  gracefulRestart: 'aware',
  addPaths: false,
  nextHopSelf: false,
} as const satisfies Partial<BgpPeer>;
