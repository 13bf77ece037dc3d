import type { UnderlayName } from '../../../../datamodel/cluster/underlay.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { Topology, TopologyMachine } from '../../../../datamodel/network/topology.ts';
import type { IpAddress, IpPrefix } from '../../../../wire/address.ts';

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
