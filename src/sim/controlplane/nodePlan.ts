import type { ClusterSettings } from '../../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { Node } from '../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../datamodel/kubernetes/pod.ts';
import type { LinkEnd } from '../../datamodel/network/link.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { IpAddress, IpPrefix, MacAddress } from '../../wire/address.ts';

/** The machines and who runs on them: what a CNI's agents find when they start. */
export interface PlannedNodes {
  readonly objects: ClusterObjects;
  readonly settings: ClusterSettings;
  /** MTU of a node's NIC. */
  readonly nicMtu: number;
  readonly nodes: ReadonlyMap<string, NodePlan>;
}

export interface NodePlan {
  readonly node: Node;
  readonly netns: NetnsId;
  readonly address: IpAddress;
  /** The subnet that its NIC is on, by the length of the address's prefix. */
  readonly subnet: IpPrefix;
  /** The router that its default route leads by. */
  readonly gateway: IpAddress;
  /** The port that its NIC's cable is in. */
  readonly plugged: LinkEnd;
  /** Its Pods with a network namespace of their own, in creation order. */
  readonly pods: readonly PodPlan[];
  /** Its Pods in the node's namespace. */
  readonly hostPods: readonly Pod[];
}

/** A Pod with a network namespace of its own. */
export interface PodPlan {
  readonly pod: Pod;
  readonly netns: NetnsId;
  readonly address: IpAddress;
  /** The veth's end on the node. */
  readonly hostVeth: string;
  readonly hostVethIndex: number;
  readonly hostVethMac: MacAddress;
}
