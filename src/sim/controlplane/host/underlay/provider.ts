import type { UnderlayName, UnderlayOptions } from '../../../../datamodel/cluster/underlay.ts';
import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { Topology, TopologyMachine } from '../../../../datamodel/network/topology.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';

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
  /** Ranges of the cluster's Pods and Services. */
  readonly own: readonly IpPrefix[];
  /** Hosts that are not in the cluster. */
  readonly outside: readonly IpAddress[];
  /** Those of them that hand packets on to nodes as they came, where they share a segment with all of these. */
  readonly direct: ReadonlySet<IpAddress>;
}

/** The hosts outside of the cluster and the subnet that they are on: the nodes' too, unless these have others. */
export interface HostsPlan {
  readonly prefix: IpPrefix;
  readonly gateway: IpAddress;
  /** Hosts outside of the cluster on the subnet. */
  readonly neighbors: readonly IpAddress[];
  /** Hosts outside of the cluster behind the router. */
  readonly distant: readonly IpAddress[];
  /**
   * Load balancers that hand packets on as they came: by their Services' address, which need not be of the subnet, their own
   * address on it. They are among the neighbors.
   */
  readonly directors: ReadonlyMap<IpAddress, IpAddress>;
  /** Further IPv4 addresses of nodes that are not of the subnet: the router knows that they are on it all the same. */
  readonly onLink: readonly IpAddress[];
}

/** The network between the nodes, and what leads out of it. */
export interface UnderlayPlan extends HostsPlan {
  readonly name: UnderlayName;
  readonly topology: Topology;
  /** The topology's machines by their nodes. */
  readonly machines: ReadonlyMap<string, TopologyMachine>;
  /** The switch or router that hosts outside are plugged into. */
  readonly edge: NetnsId;
  /** Subnets that nodes are on. */
  readonly subnets: readonly IpPrefix[];
  /** Addresses of routers. */
  readonly routers: readonly IpAddress[];
}
