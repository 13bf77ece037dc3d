import type { UnderlayOptions } from '../../../../datamodel/cluster/underlay.ts';
import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import type { UnderlayPlan } from './underlayPlan.ts';

/** One kind of network between the nodes. */
export interface UnderlayProvider {
  /** MTU of the nodes' NICs where nobody says otherwise. */
  readonly nicMtu: number;
  /** Says where nodes are plugged in, and gives them the addresses that this demands. Absent: they keep what they have. */
  readonly place?: (objects: ClusterObjects) => Placement;
  /** What is wrong with what it is told, in words. */
  readonly problem?: (options: UnderlayOptions) => string | undefined;
  plan(input: UnderlayInput): UnderlayPlan;
  /** Its switches and routers; each is made when somebody asks for it. */
  namespaces(plan: ClusterPlan): readonly (readonly [NetnsId, () => Netns])[];
}

/** The cluster's objects on an underlay. */
export interface Placement {
  /** With the nodes' new addresses wherever the old ones stood. */
  readonly objects: ClusterObjects;
  /** By node: which rack or subnet it is in, from 0. */
  readonly groups: ReadonlyMap<string, number>;
}

/** A node that takes part in the network. */
export interface Machine {
  readonly node: Node;
  readonly netns: NetnsId;
  readonly address: IpAddress;
}

export interface UnderlayInput {
  readonly machines: readonly Machine[];
  readonly groups: Placement['groups'];
  /** The subnet that the network wants the nodes to be on; absent: the smallest that holds them. */
  readonly subnet?: IpPrefix | undefined;
  /** Ranges of the cluster's Pods and Services. */
  readonly own: readonly IpPrefix[];
  /** Hosts that are not in the cluster. */
  readonly outside: readonly IpAddress[];
  /** Those of them that hand packets on to nodes as they came, where they share a segment with all of these. */
  readonly direct: ReadonlySet<IpAddress>;
}
