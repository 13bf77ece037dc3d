import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { BgpAttributes } from '../../wire/bgpAttribute.ts';

/** What BIRD on one machine says of itself at a moment: `birdc show protocols`, `show route all`, and the kernel's table. */
export interface BgpSpeakerState {
  readonly name: string;
  /** Nanoseconds of virtual time that it describes. */
  readonly at: number;
  readonly running: boolean;
  readonly protocols: readonly BgpProtocolState[];
  /** In the order in which BIRD walks its table, the best route of a prefix first. */
  readonly routes: readonly BgpTableRoute[];
  /** By destination, as `ip route` lists them. */
  readonly kernel: readonly BgpKernelRoute[];
}

/** RFC 4271 section 8.2.2, and BIRD's own: Passive waits to be connected to, Close is about to, Down is not started. */
export type BgpSessionState =
  | 'Idle'
  | 'Connect'
  | 'Active'
  | 'OpenSent'
  | 'OpenConfirm'
  | 'Established'
  | 'Close'
  | 'Passive'
  | 'Down';

export interface BgpProtocolState {
  readonly name: string;
  readonly protocol: 'Device' | 'Direct' | 'Kernel' | 'Static' | 'BGP';
  /** The table of its channel; BGP and those with several channels show none. */
  readonly table?: string;
  readonly state: 'down' | 'start' | 'up' | 'stop' | 'flush';
  /** Nanoseconds of virtual time since when. */
  readonly since: number;
  readonly session?: {
    readonly state: BgpSessionState;
    readonly neighbor: IpAddress;
    readonly neighborAs: number;
    readonly localAs: number;
    /** As BIRD words it: `BGP Error: Hold timer expired`. */
    readonly lastError?: string;
    /** Seconds left of the hold time that was negotiated, while Established. */
    readonly hold?: { readonly left: number; readonly of: number };
    readonly keepalive?: { readonly left: number; readonly of: number };
    /** Routes of a neighbour that restarts are being kept. */
    readonly restarting: boolean;
  };
}

export interface BgpNextHop {
  /** On a shared subnet; without, the destination is on the device itself. */
  readonly gateway?: IpAddress;
  readonly device: string;
  /** The gateway is taken to be on the device, whatever the device's subnets say. */
  readonly onlink?: true;
}

export interface BgpTableRoute {
  readonly destination: IpPrefix;
  /** The protocol that it is from. */
  readonly from: string;
  readonly source: 'device' | 'static' | 'inherit' | 'BGP';
  readonly type: 'unicast' | 'blackhole' | 'unreachable';
  readonly nextHops: readonly BgpNextHop[];
  /** Nanoseconds of virtual time. */
  readonly since: number;
  readonly best: boolean;
  readonly preference: number;
  /** Of BGP routes; Infinity where the route to the next hop has none. */
  readonly igpMetric: number;
  readonly attributes?: BgpAttributes;
  /** The neighbour that told of it. */
  readonly heardFrom?: IpAddress;
  /** Of routes learned from the kernel. */
  readonly kernelSource?: { readonly protocol: number; readonly metric: number };
}

/** A route of the kernel's main table. */
export interface BgpKernelRoute {
  readonly destination: IpPrefix;
  readonly type: 'unicast' | 'blackhole' | 'unreachable';
  readonly nextHops: readonly BgpNextHop[];
  /** As iproute2 names it: `bird`, `kernel`, and `boot`, which it leaves out. */
  readonly protocol: string;
  readonly metric?: number;
  /** The preferred source, of subnets' routes. */
  readonly source?: IpAddress;
  /** Its device has lost its carrier. */
  readonly linkDown?: boolean;
}
