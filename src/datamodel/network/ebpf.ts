import { formatPrefix, type IpAddress, type IpPrefix, type MacAddress } from '../../wire/address.ts';
import type { EndpointMaps, EndpointRole } from './ebpfEndpoint.ts';
import type { PortRange, TransportName } from './netfilter.ts';
import type { Catalogue } from './nftables.ts';
import type { EntryId, Owner } from './tables.ts';

/** The eBPF programs of one namespace: those of the cgroup its processes are in, and those of its devices (clsact). */
export interface Programs {
  readonly cgroup: readonly CgroupProgram[];
  readonly devices: readonly DeviceProgram[];
}

export type CgroupHook =
  | 'cgroup/connect4'
  | 'cgroup/sendmsg4'
  | 'cgroup/recvmsg4'
  /** What getpeername() answers. */
  | 'cgroup/getpeername4';
export type DeviceHook = 'tc ingress' | 'tc egress';

/** Socket load balancing: writes the addresses that system calls are about. */
export type CgroupProgram = CgroupProgramBase &
  (
    | {
        /** Cilium: bpf/bpf_sock.c */
        readonly type: 'socketLb';
        /** The namespace is the host's own: loopback addresses reach NodePorts there. */
        readonly hostNamespace: boolean;
        readonly maps: LbMaps;
      }
    | {
        /** Felix: bpf-gpl/connect_balancer.c */
        readonly type: 'connectTime';
        readonly protocols: readonly ('tcp' | 'udp')[];
        readonly paths: EndpointMaps;
      }
  );

interface CgroupProgramBase {
  readonly hook: CgroupHook;
  readonly name: string;
  readonly owner: Owner;
}

/** A program of a device's clsact qdisc, which sees whole frames. */
export type DeviceProgram = DeviceProgramBase &
  /** North-south load balancing at a network card (Cilium: bpf/lib/nodeport.h). */
  (
    | { readonly type: 'nodePort'; readonly nodePort: NodePortConfig }
    /** Load balancing of a Pod's packets at its veth, for Pods whose sockets are left alone (Cilium: bpf/bpf_lxc.c). */
    | { readonly type: 'perPacket'; readonly loopback: IpAddress }
    /** Forwarding between Pods' veths, the tunnel and the host's stack (Cilium: bpf/bpf_lxc.c, bpf_overlay.c, bpf_host.c). */
    | { readonly type: 'datapath'; readonly role: DatapathRole; readonly paths: DatapathMaps }
    /** Services, connections and forwarding at every endpoint (Felix: bpf-gpl/tc.c). */
    | { readonly type: 'endpoint'; readonly role: EndpointRole; readonly paths: EndpointMaps }
  );

/** Where a program stands: at a Pod's veth, at the tunnel's end, at a network card, or where the host's stack hands packets over. */
export type DatapathRole = 'container' | 'overlay' | 'netdev' | 'host';

/** What Cilium's agent knows of who is where. */
export interface DatapathMaps {
  /** cilium_lxc: Pods of this node. */
  readonly endpoints: ReadonlyMap<IpAddress, LocalEndpoint>;
  /** cilium_ipcache: whose an address is; all nodes have the same. */
  readonly ipcache: ReadonlyMap<IpAddress, IpcacheEntry>;
  /** Other nodes' ranges, by the node's address: the way to what the ipcache does not name. */
  readonly tunnels: readonly { readonly prefix: IpPrefix; readonly remote: IpAddress }[];
  /** The device in external mode; absent: packets leave as they are. */
  readonly tunnelDevice?: string;
  /** `enable-endpoint-routes`: the host's stack delivers to Pods, by a route each. */
  readonly endpointRoutes: boolean;
  /** Programs serve NodePorts too, and no answer need pass netfilter (Cilium: `ENABLE_NODEPORT`). */
  readonly nodePorts: boolean;
  /** The nodes' own addresses, this one's among them. */
  readonly nodes: readonly IpAddress[];
  /** BPF host routing: past the host's stack in both directions; else `enable-host-legacy-routing`. */
  readonly hostRouting: boolean;
  /** The device that stands for the host itself, and the node's addresses, which its stack gets. */
  readonly host: { readonly device: string; readonly addresses: ReadonlySet<IpAddress> };
}

export interface LocalEndpoint {
  readonly device: string;
  readonly mac: MacAddress;
  readonly nodeMac: MacAddress;
  readonly identity: number;
}

export interface IpcacheEntry {
  readonly identity: number;
  /** The node that it is on. */
  readonly host: IpAddress;
}

/** Reserved identities of Cilium (pkg/identity/numericidentity.go). */
export const IDENTITY = { host: 1, world: 2, remoteNode: 6 } as const;

interface DeviceProgramBase {
  readonly hook: DeviceHook;
  readonly device: string;
  readonly name: string;
  readonly owner: Owner;
  readonly maps: LbMaps;
}

export interface NodePortConfig {
  /** Source of what is sent on to backends of other nodes. */
  readonly address: IpAddress;
  /** Ports that such packets get. */
  readonly ports: PortRange;
  /** Protocols whose backends answer clients by themselves. */
  readonly dsr: readonly ('tcp' | 'udp')[];
  readonly algorithm: 'random' | 'maglev';
  /** `enable-bpf-masquerade`; absent: netfilter masquerades. */
  readonly masquerade?: Masquerade;
}

/** Which packets leave a card from the node's address (Cilium: bpf/lib/nat.h, snat_v4_needs_masquerade). */
export interface Masquerade {
  /** The card's own: its own connections are remembered too, so that nobody gets their ports. */
  readonly address: IpAddress;
  /** Pods of this node. */
  readonly sources: ReadonlySet<IpAddress>;
  /** `ipv4-native-routing-cidr`, or the node's own range: such destinations see Pods' own addresses. */
  readonly apart: IpPrefix;
  /** Other nodes see the node's address as well: with a tunnel. */
  readonly nodes: boolean;
}

/** What the agent writes and the programs read; all programs of a node share them. Elements are made when they are first asked for. */
export interface LbMaps {
  /** By {@link LbService.id}: `10.96.0.10:53/UDP`, with `/i` behind it in the internal scope. */
  readonly services: Catalogue<LbService>;
  /** By their id as text. */
  readonly backends: Catalogue<LbBackend>;
  /** By the index as text: what answers are given back as their source. */
  readonly reverseNat: Catalogue<LbFrontend>;
  /** By reverse NAT index as text: who may ask. */
  readonly sourceRanges: Catalogue<readonly IpPrefix[]>;
  /** By reverse NAT index as text: backend ids, one a slot of the lookup table. */
  readonly maglev: Catalogue<Uint32Array>;
  /** Addresses that this node itself has or whose Pods it hosts. */
  readonly endpoints: ReadonlySet<IpAddress>;
  /** Whose addresses are nodes': this one or another. */
  readonly identities: ReadonlyMap<IpAddress, 'host' | 'remote-node'>;
  readonly nodePorts: PortRange;
}

export interface LbFrontend {
  readonly address: IpAddress;
  readonly port: number;
  readonly protocol: TransportName;
}

/** A service's master entry with its backend slots behind it (cilium_lb4_services_v2). */
export interface LbService extends LbFrontend {
  readonly id: EntryId;
  readonly scope: 'external' | 'internal';
  readonly reverseNat: number;
  readonly flags: LbFlags;
  /** Slots from 1 on, as ids of backends; those after `count` are not chosen for new connections. */
  readonly slots: readonly number[];
  readonly count: number;
  readonly affinitySeconds?: number;
}

export interface LbFlags {
  readonly type: 'ClusterIP' | 'NodePort' | 'ExternalIPs' | 'LoadBalancer' | 'HostPort';
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
  /** The two policies differ: east-west traffic looks again in the internal scope. */
  readonly twoScopes: boolean;
  readonly sessionAffinity: boolean;
  /** May be asked for from outside the node. */
  readonly routable: boolean;
  readonly checkSourceRange: boolean;
  readonly dsr: boolean;
}

export interface LbBackend extends LbFrontend {
  readonly id: number;
  readonly state: 'active' | 'terminating';
}

/** Names a line of cilium_lxc. */
export function endpointEntry(address: IpAddress): EntryId {
  return `lxc ${address}`;
}

/** Names a line of cilium_ipcache. */
export function ipcacheEntry(prefix: IpPrefix): EntryId {
  return `ipcache ${formatPrefix(prefix)}`;
}

/** The key of a service in its map. */
export function lbServiceId({ address, port, protocol }: LbFrontend, scope: LbService['scope'] = 'external'): EntryId {
  return `${address}:${port}/${protocol.toUpperCase()}${scope === 'internal' ? '/i' : ''}`;
}
