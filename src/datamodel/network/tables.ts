import type { IpAddress, IpPrefix, MacAddress } from '../../wire/address.ts';

/** Who wrote an entry: `kernel`, `kubelet`, `cni`, `flanneld`, `felix`, `bird`, `kube-proxy`, `host` (the machine's own set-up), `user`. */
export type Owner = string;

/** Identifies an entry within its netns and table; stable while the entry is, so that tables can light up. */
export type EntryId = string;

export interface InterfaceAddress {
  readonly id: EntryId;
  readonly owner: Owner;
  readonly link: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly scope: 'global' | 'link' | 'host';
  readonly broadcast?: IpAddress;
  /** Whoever gave the address has deleted the route to its subnet that the kernel added. */
  readonly prefixRouteDeleted?: boolean;
}

/** What says where a tunnel device in external mode sends a packet: on the packet's route, or set by a program. */
export interface TunnelKey {
  /** VNI. */
  readonly id: number;
  /** The tunnel's other end. */
  readonly remote: IpAddress;
  /** Absent: the route to the other end chooses. */
  readonly local?: IpAddress;
  /** Of the outer packet, 0 too. */
  readonly ttl: number;
  readonly tos: number;
  /** The outer UDP header has a checksum. */
  readonly checksum: boolean;
}

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit';

/** One of several ways of a route: `nexthop via 10.255.11.0 dev to-s1 weight 1`. */
export interface Nexthop {
  readonly via?: IpAddress;
  readonly dev: string;
  /** From 1 to 256. */
  readonly weight: number;
}

/** One line of `ip route`, or several where it has several next hops. */
export interface Route {
  readonly id: EntryId;
  readonly owner: Owner;
  /** 254 is main, 255 local. */
  readonly table: number;
  readonly type: RouteType;
  readonly destination: IpPrefix;
  readonly via?: IpAddress;
  readonly dev?: string;
  /** In place of `via` and `dev`: two or more ways, between which a hash of each packet's flow decides. */
  readonly nexthops?: readonly Nexthop[];
  /** Preferred source address. */
  readonly source?: IpAddress;
  readonly scope: 'global' | 'link' | 'host';
  readonly onlink?: boolean;
  readonly metric: number;
  /** As iproute2 names it; 80, which it has no name for, is Felix's. */
  readonly protocol: 'kernel' | 'boot' | 'static' | 'bird' | 'dhcp' | '80';
  /** MTU metric, when the route carries one. */
  readonly mtu?: number;
  /** `encap ip`: the lightweight tunnel that packets by this route go through. */
  readonly encap?: TunnelKey;
}

/** The devices that a route leads out by. */
export function routeDevices({ dev, nexthops }: Pick<Route, 'dev' | 'nexthops'>): readonly string[] {
  if (nexthops) return nexthops.map((hop) => hop.dev);
  return dev === undefined ? [] : [dev];
}

export const MAIN_TABLE = 254;
export const LOCAL_TABLE = 255;

export type NeighborState = 'PERMANENT' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'INCOMPLETE' | 'FAILED' | 'NOARP';

/** One line of `ip neigh`. `mac` is absent while the state is INCOMPLETE or FAILED. */
export interface Neighbor {
  readonly id: EntryId;
  readonly owner: Owner;
  readonly dev: string;
  readonly address: IpAddress;
  readonly mac?: MacAddress;
  readonly state: NeighborState;
}

/** One line of `bridge fdb`: a bridge port's (`master`) or a VXLAN device's own (`self`, with `dst`, the remote VTEP). */
export interface FdbEntry {
  readonly id: EntryId;
  readonly owner: Owner;
  readonly dev: string;
  readonly mac: MacAddress;
  readonly master?: string;
  readonly self?: boolean;
  readonly dst?: IpAddress;
  readonly state: 'permanent' | 'static' | 'reachable';
}
