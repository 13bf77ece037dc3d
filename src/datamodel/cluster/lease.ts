import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { FlannelBackend } from '../kubernetes/networkConfig.ts';
import type { WireguardPeer } from '../network/link.ts';
import type { NetnsId } from '../network/netnsId.ts';
import type { FdbEntry, Neighbor, Route } from '../network/tables.ts';

/** What flanneld tells the others of its node, by annotations of the Node. */
export interface Lease {
  readonly node: string;
  readonly subnet: IpPrefix;
  readonly publicIp: IpAddress;
  readonly backendType: FlannelBackend['type'];
  /** JSON, as the annotation has it: `null` where the backend has nothing to add. */
  readonly backendData: string;
}

/** What the flanneld of another node has in its kernel's tables because of a lease. */
export interface LeaseEntries {
  readonly node: string;
  readonly netns: NetnsId;
  readonly routes: readonly Route[];
  readonly neighbors: readonly Neighbor[];
  readonly fdb: readonly FdbEntry[];
  readonly peers: readonly { readonly dev: string; readonly peer: WireguardPeer }[];
}

export interface LeaseQuestion {
  /** Whose lease is followed into the other nodes; absent, or nobody's: the first one's. */
  readonly node?: string;
  /** So many other nodes are read at most. */
  readonly most: number;
}

/** flannel's leases, and what becomes of one of them. */
export interface Leases {
  readonly leases: readonly Lease[];
  /** Nodes whose flanneld has got no lease. */
  readonly without: readonly string[];
  /** Absent: there is no lease. */
  readonly followed?: FollowedLease;
}

export interface FollowedLease {
  readonly lease: Lease;
  readonly written: readonly LeaseEntries[];
  /** Other nodes that were not read. */
  readonly unread: number;
}
