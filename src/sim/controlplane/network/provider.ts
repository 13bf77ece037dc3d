import type { TimedDeed } from '../../../datamodel/bgp/operation.ts';
import type { CalicoBgp } from '../../../datamodel/bgp/site.ts';
import type { ClusterSettings, CniBackend } from '../../../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { FlannelBackend } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { Masquerade } from '../../../datamodel/network/ebpf.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { Owner, Route } from '../../../datamodel/network/tables.ts';
import type { Topology } from '../../../datamodel/network/topology.ts';
import type { IpAddress, IpPrefix, MacAddress } from '../../../wire/address.ts';
import type { NodeEni } from '../ipam/aws/nodeEni.ts';
import type { AssignedAddresses, IpamMemory } from '../ipam/podAddresses.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { NodePlan, PlannedNodes, PodPlan } from '../nodePlan.ts';
import type { FlannelLease } from './flannel/lease.ts';
import type { NetworkLists } from './lists/networkLists.ts';

/** What of a cluster's objects a CNI goes by. */
export type NetworkObjects = Pick<ClusterObjects, 'network' | 'nodes' | 'pods'>;

/** One way to connect Pods: whatever of a cluster is different with another one. */
export interface NetworkProvider {
  /** What Pods' addresses depend on beyond the objects: with two providers that say the same here they are the same. */
  readonly addressing: string;
  /** What settings contradict it, in a sentence. */
  problem?(settings: Partial<ClusterSettings>): string | undefined;
  /** Nothing is installed: nodes are not ready, and no Pod has a network of its own. */
  readonly missing?: true;
  /** Its Pods can be made by another network configuration list than the one that it writes. */
  readonly takesLists?: true;
  /** Hands out the addresses of all Pods. */
  open(input: NetworkInput): OpenNetwork;
}

export interface NetworkInput {
  readonly cni: CniBackend;
  /** The backend that it was put over on the running cluster; absent: the cluster was built with it. */
  readonly over?: CniBackend;
  readonly objects: NetworkObjects;
  readonly seed: number;
  /** What its IPAM remembers of Pods that were there before; absent: there were none. */
  readonly memory?: IpamMemory;
  /** Seconds at which Pods come and go; absent: no time has passed. */
  readonly now?: number;
}

/** How a network is opened some of whose Pods are made by lists that nobody has compiled. */
export type OpenListed = (
  open: (input: NetworkInput) => OpenNetwork,
  input: NetworkInput,
  lists: NetworkLists | undefined,
) => OpenNetwork;

/** A network whose Pods have their addresses, and whose agents have not started. */
export interface OpenNetwork extends AssignedAddresses {
  /** Ranges of Pods' addresses: one of them that nobody has is nobody's. */
  readonly podRanges: readonly IpPrefix[];
  /** Blocks that nodes have of them, ascending; absent: a node has its podCIDR. */
  readonly blocks?: readonly { readonly cidr: IpPrefix; readonly host: string }[];
  /** What nodes have of them in the manner of a podCIDR, where that is another. */
  readonly nodeRanges?: readonly { readonly cidr: IpPrefix; readonly host: string }[];
  /** By node, network interfaces whose addresses Pods have, the node's own among them. Absent: Pods have no interfaces' addresses. */
  readonly interfaces?: ReadonlyMap<string, readonly NodeEni[]>;
  /** The subnet that nodes' addresses have to be on, where the network asks for room on it. */
  readonly nodeSubnet?: IpPrefix;
  /** Interface index of a node's first veth. */
  readonly firstVethIndex: number;
  /** @param attempt counts up when the name before was taken on that node. */
  hostVeth(pod: Pod, attempt: number): { readonly name: string; readonly mac: MacAddress };
  start(planned: PlannedNodes): ClusterNetwork;
}

/** What is in /run/flannel/subnet.env. */
export interface SubnetEnvFile {
  readonly network: IpPrefix;
  readonly subnet: IpPrefix;
  readonly mtu: number;
  readonly ipMasq: boolean;
}

/** A lease with the backend that it is for. */
export interface HeldLease {
  readonly lease: FlannelLease;
  readonly backend: FlannelBackend;
}

/** What a CNI's agents and plugins write into the namespaces of one cluster. */
export interface ClusterNetwork {
  /** MTU of the Pods' interfaces. */
  readonly podMtu: number;
  /** MTU that an agent gives a node's NIC; absent: it is left alone. */
  readonly nicMtu?: number;
  /** Pods have addresses of the nodes' subnets: there is no range of theirs that kube-proxy is told. */
  readonly withoutPodCidr?: true;
  /** What agents found wrong or could not do. */
  readonly warnings: readonly string[];
  /** What a node's Pods get their addresses from, where that is not its podCIDR. */
  blocksOf?(node: NodePlan): readonly IpPrefix[];
  /** A node's devices with their addresses and routes, in the order in which they came. */
  devices(node: NodePlan): readonly NetnsParts[];
  /** A node's rules, in the order in which they were written behind kube-proxy's. */
  rules(node: NodePlan): readonly NetnsParts[];
  /** A Pod's interface with its address and routes. */
  pod(node: NodePlan, pod: PodPlan): NetnsParts;
  /** What flanneld tells the flannel plugin on a node; undefined: it never gets going there. Absent: there is no flannel. */
  subnetEnv?(node: NodePlan): SubnetEnvFile | undefined;
  /** What flanneld tells of a node by the Node's annotations; undefined and absent as with `subnetEnv`. */
  lease?(node: NodePlan): HeldLease | undefined;
  /** The device by which packets of other nodes' Pods come out of a tunnel; undefined: they come as they are. */
  readonly tunnelDevice: string | undefined;
  /** `services`: who serves Services by eBPF serves Pods' host ports as well; absent: a plugin of the chain does. */
  readonly hostPorts?: 'services';
  /** What the programs at a node's card are to masquerade; absent: its rules do. */
  masquerade?(node: NodePlan): Masquerade | undefined;
  /** What its BGP speakers are told; absent where none runs. */
  readonly bgp?: NetworkBgp;
  /** What load-balances Services in kube-proxy's stead; absent: that is left to kube-proxy. */
  readonly serviceProxy?: ServiceProxy;
  /** What it has asked of the cloud's API; on an underlay that is no cloud nobody hears it. */
  readonly cloud?: CloudState;
}

/** A network's own stand-in for kube-proxy. */
export interface ServiceProxy {
  readonly owner: Owner;
  /** Networks that were put one over the other may have it on some nodes only. */
  runsOn(node: NodePlan): boolean;
  node(node: NodePlan): NetnsParts;
  /** What Pods' processes have of it. */
  pod(node: NodePlan): NetnsParts;
}

/** BIRDs' routes in a namespace's main table at a time, once something was done to the network. Virtual nanoseconds. */
export interface RoutesByTime {
  /** When any namespace's routes change, ascending. */
  readonly changes: readonly number[];
  /** The same array for as long as they are the same; undefined: nobody speaks BGP there. */
  at(netns: NetnsId, time: number): readonly Route[] | undefined;
}

/** A network whose nodes speak BGP. */
export interface NetworkBgp {
  readonly config: CalicoBgp;
  announcedBy(node: NodePlan): AnnouncedPrefixes;
  /** What BIRDs have written by namespace, of nodes and of the routers that speak with them, once all have settled. */
  routes(planned: PlannedNodes, topology: Topology): ReadonlyMap<NetnsId, readonly Route[]>;
  /** What becomes of them as time goes by. @param deeds what was done to the network, in order. */
  inTime(planned: PlannedNodes, topology: Topology, deeds: readonly TimedDeed[]): RoutesByTime;
}

/** What a node tells its peers of. */
export interface AnnouncedPrefixes {
  readonly blocks: readonly IpPrefix[];
  /** Addresses of other nodes' blocks that Pods here have, with their veths. */
  readonly borrowed: readonly { readonly destination: IpPrefix; readonly device: string }[];
}

/** What a cloud has been told about a cluster, by its controller or its CNI. */
export interface CloudState {
  /** Entries of the route table: by node, the ranges that lead to it. */
  readonly routes: ReadonlyMap<string, readonly IpPrefix[]>;
  /** By node, what the cloud has given to its NIC beside its own address. */
  readonly addresses: ReadonlyMap<string, readonly IpPrefix[]>;
  /** By node, the NICs that it has beside its first. */
  readonly interfaces?: ReadonlyMap<string, readonly CloudInterface[]>;
  /** The instances' source/destination check was turned off, so that they may forward. */
  readonly checksOff: boolean;
}

/** A further NIC of an instance: what is for one of its addresses comes by it. */
export interface CloudInterface {
  readonly device: string;
  readonly address: IpAddress;
  /** What is for Pods: addresses, or prefixes in their place. */
  readonly secondary: readonly IpPrefix[];
  /** The router's address on its subnet. */
  readonly gateway: IpAddress;
}
