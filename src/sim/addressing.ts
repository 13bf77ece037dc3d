import type { IpAddress, IpPrefix } from '../wire/address.ts';
import type { NodeEni } from './controlplane/ipam/aws/nodeEni.ts';

/** How a cluster's addresses are cut up and handed out, as its control plane has decided. */
export interface Addressing {
  /** Ranges of Pods' addresses; they may repeat and enclose each other. */
  readonly pods: readonly IpPrefix[];
  /** What nodes have of them; undefined: their podCIDRs. */
  readonly blocks: readonly { readonly cidr: IpPrefix; readonly host: string }[] | undefined;
  /** As podCIDRs, where a CNI hands them out itself; undefined: they are the nodes' podCIDRs. */
  readonly nodeRanges: readonly { readonly cidr: IpPrefix; readonly host: string }[] | undefined;
  /** By node, the address that its host-local handed out last. */
  readonly lastHandedOut: ReadonlyMap<string, IpAddress>;
  /** By node, the network interfaces whose addresses Pods have; undefined: they have none of interfaces. */
  readonly interfaces: ReadonlyMap<string, readonly NodeEni[]> | undefined;
  readonly services: readonly IpPrefix[];
  /** The nodes' subnet and its gateway. */
  readonly nodes: IpPrefix;
  readonly gateway: IpAddress;
  /** In seconds. */
  readonly now: number;
}
