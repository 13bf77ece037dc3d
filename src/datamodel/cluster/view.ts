import type { IpAddress, MacAddress } from '../../wire/address.ts';
import type { Workload } from '../kubernetes/workload.ts';
import type { Link, LinkEnd } from '../network/link.ts';
import type { TableName } from '../network/netfilter.ts';
import type { NetnsId } from '../network/netnsId.ts';
import type { NftTableName } from '../network/nftables.ts';
import type { Owner } from '../network/tables.ts';
import type { RouterRole } from '../network/topology.ts';
import type { ClusterSettings, CniBackend, ProxyMode } from './command.ts';
import type { IgnoredObject } from './problem.ts';
import type { UnderlayName } from './underlay.ts';

/** What the stage and the composer draw: the cluster as it is, without its tables. Plain data, cheap to send. */
export interface ClusterView {
  readonly revision: number;
  readonly settings: ClusterSettings;
  /** The backend in force, whoever chose it. */
  readonly cni: CniBackend;
  /** What compiles Services, whoever chose it. */
  readonly proxyMode: ProxyMode;
  /** Its nodes speak BGP. */
  readonly bgp?: true;
  /** flanneld has told of its nodes by leases. */
  readonly leases?: true;
  readonly podMtu: number;
  /** Absent: the cluster was built with its CNI. */
  readonly layers?: LayersView;
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly workloads: readonly Workload[];
  readonly services: readonly ServiceView[];
  /** Hosts that are not in the cluster and have been named by flows, plus the default one. */
  readonly outside: readonly OutsideView[];
  readonly underlay: UnderlayView;
  readonly ignored: readonly IgnoredObject[];
  /** What a person should know: unschedulable Pods, clamped MTUs, missing CoreDNS. */
  readonly warnings: readonly string[];
  /** Names that resolve, for completion in the composer: `backend.default.svc.cluster.local` and shorter. */
  readonly names: readonly string[];
  /** What people changed with commands since the cluster was built, in order; none when absent. */
  readonly edits?: readonly EditView[];
}

/** One command line that changed a namespace. */
export interface EditView {
  readonly id: number;
  readonly netns: NetnsId;
  readonly line: string;
  /** Agents whose entries it changed, and which could therefore take it back. */
  readonly owners: readonly Owner[];
  /** It cuts something, or takes a device down: routing agents hear of it. */
  readonly cuts?: true;
}

/** CNIs that were put over the one that the cluster was built with. */
export interface LayersView {
  /** What was in force before, the oldest first. */
  readonly former: readonly CniBackend[];
  /** Nodes that still run the agents of a former one. */
  readonly behind: readonly string[];
  /** Pods whose interfaces a former one made, by their namespaces. */
  readonly old: readonly NetnsId[];
}

export interface NodeView {
  readonly name: string;
  readonly netns: NetnsId;
  readonly address: IpAddress;
  readonly podCidr: string | undefined;
  /** What its Pods' addresses are from, where that is not the podCIDR: the blocks that are its own. */
  readonly podBlocks?: readonly string[];
  readonly ready: boolean;
  readonly controlPlane: boolean;
  /** The switch or router that its cable leads to. */
  readonly router: NetnsId;
  /** Whether kube-proxy runs there: if not, what it has written stays as it was. */
  readonly proxyRunning: boolean;
  /** Modes whose rules are in the kernel without a proxy that keeps them; none when absent. */
  readonly leftovers?: readonly ProxyMode[];
  readonly devices: readonly DeviceView[];
  /** Rules per netfilter table, to say how long the list is. */
  readonly rules: Readonly<Record<TableName, number>>;
  /** Tables of nft beside iptables'; absent when there are none. */
  readonly nftables?: readonly NftTableName[];
  /** How much stands in IPv4's tables of nft; absent: none, or too many to count in passing. */
  readonly nftCounts?: { readonly rules: number; readonly mapElements: number };
  /** Virtual servers of IPVS; absent: it is not in use. */
  readonly virtualServers?: number;
  /** br_netfilter calls iptables for bridged frames. */
  readonly bridgeNetfilter: boolean;
  /** Devices with eBPF programs at their ingress or egress; none when absent. */
  readonly programmed?: readonly string[];
  /** Programs of the root cgroup serve Services, in kube-proxy's stead. */
  readonly socketPrograms?: boolean;
  /** Some of the programs forward packets by maps of who is where. */
  readonly forwardsByPrograms?: boolean;
  /** They are those of endpoints, with the maps that go with these. */
  readonly endpointPrograms?: true;
}

export interface DeviceView {
  readonly name: string;
  readonly kind: Link['kind'];
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly addresses: readonly string[];
  /** The bridge it is a port of. */
  readonly bridge?: string;
  readonly peer?: LinkEnd;
  readonly vni?: number;
  readonly lower?: string;
}

export interface PodView {
  readonly namespace: string;
  readonly name: string;
  /** The node's netns for hostNetwork Pods. */
  readonly netns: NetnsId;
  readonly node: string | undefined;
  readonly address: IpAddress | undefined;
  readonly hostNetwork: boolean;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly ready: boolean;
  /** Its grace period runs: out of ready endpoints, still serving. */
  readonly terminating: boolean;
  /** Why it is not running. */
  readonly message?: string;
  /** The object that made it: `Deployment/frontend`. */
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly name?: string;
    readonly protocol: string;
    readonly port: number;
    readonly hostPort?: number;
  }[];
  /** eth0 and, on the node, the veth that leads to it. */
  readonly devices: readonly DeviceView[];
  readonly hostDevice?: string;
  /** Programs see to what its processes connect to. */
  readonly socketPrograms?: boolean;
}

export interface ServiceView {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Absent: Cluster, or not reachable from outside. */
  readonly externalTrafficPolicy?: 'Local';
  /** Absent for headless Services and ExternalName. */
  readonly clusterIp?: IpAddress;
  readonly ports: readonly {
    readonly name?: string;
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly port: number;
    readonly targetPort: string;
    readonly nodePort?: number;
  }[];
  readonly endpoints: readonly {
    readonly address: IpAddress;
    readonly port: number;
    readonly portName?: string;
    readonly ready: boolean;
    readonly pod?: string;
  }[];
}

export interface OutsideView {
  /** A load balancer has the address of Services that `services` names, and sends what comes there to nodes. */
  readonly kind: 'host' | 'load-balancer';
  /** `namespace/name`. */
  readonly services?: readonly string[];
  readonly netns: NetnsId;
  readonly address: IpAddress;
  readonly devices: readonly DeviceView[];
}

export interface UnderlayView {
  readonly name: UnderlayName;
  /** Where hosts outside are, and nodes too unless `subnets` has more. */
  readonly prefix: string;
  readonly gateway: IpAddress;
  readonly mtu: number;
  /** Subnets that nodes are on, but for those that are a single cable. */
  readonly subnets: readonly string[];
  /** What the filtered network lets through. */
  readonly passes?: readonly string[];
  /** In drawing order: what machines are plugged into first. */
  readonly routers: readonly RouterView[];
  /** Cables between routers. */
  readonly cables: readonly (readonly [NetnsId, NetnsId])[];
}

/** A switch or router of the underlay: a network namespace with tables like any other. */
export interface RouterView {
  readonly netns: NetnsId;
  readonly name: string;
  readonly role: RouterRole;
  /** Its autonomous system, where the fabric is made for BGP. */
  readonly as?: number;
  readonly devices: readonly DeviceView[];
}
