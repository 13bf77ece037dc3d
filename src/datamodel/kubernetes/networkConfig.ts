import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { CniBackend, ProxyMode } from '../cluster/command.ts';
import type { AwsVpcConfig } from './awsVpcConfig.ts';

/** How the cluster's network is set up: what kube-flannel-cfg, kube-proxy and kubeadm-config say, completed with upstream's defaults. */
export interface NetworkConfig {
  /** All Pods' addresses; the node CIDRs are cut from it. */
  readonly podCidr: IpPrefix;
  /** Bits of a node's CIDR; kube-controller-manager's --node-cidr-mask-size. */
  readonly nodeCidrLength: number;
  readonly serviceCidr: IpPrefix;
  /** Of a cluster that gives Services addresses of both families. */
  readonly serviceCidr6?: IpPrefix | undefined;
  /** `cluster.local`; lower case, without final dot. */
  readonly dnsDomain: string;
  /** [low, high], both included; kube-apiserver's --service-node-port-range. */
  readonly nodePortRange: readonly [number, number];
  readonly flannel: FlannelConfig;
  /** Of a cluster whose manifests set up Calico. */
  readonly calico?: CalicoConfig;
  /** Of a cluster whose manifests set up Cilium. */
  readonly cilium?: CiliumConfig;
  /** Of a cluster whose manifests set up the AWS VPC CNI. */
  readonly awsVpc?: AwsVpcConfig;
  readonly kubeProxy: KubeProxyConfig;
}

/** What cilium-config says, with the agent's defaults for what it does not. */
export interface CiliumConfig {
  readonly tunnel: 'vxlan' | 'geneve' | undefined;
  /** kube-proxy-replacement: Services are the agent's. */
  readonly replacesKubeProxy: boolean;
  /** cluster-pool-ipv4-cidr and -mask-size, where the operator hands out nodes' ranges; absent: they are the nodes' podCIDRs. */
  readonly pool: CiliumPool | undefined;
  readonly ipv4Masquerade: boolean;
  readonly bpfMasquerade: boolean;
  readonly hostLegacyRouting: boolean;
  readonly endpointRoutes: boolean;
  readonly autoDirectNodeRoutes: boolean;
  readonly nativeRoutingCidr: IpPrefix | undefined;
  /** Of the devices; undefined: the card's. */
  readonly mtu: number | undefined;
}

/** The IPAM mode cluster-pool. */
export interface CiliumPool {
  readonly cidrs: readonly IpPrefix[];
  /** Bits of a node's range. */
  readonly nodeLength: number;
}

/** net-conf.json and cni-conf.json of kube-flannel-cfg. */
export interface FlannelConfig {
  readonly backend: FlannelBackend;
  /** net-conf.json's Network: what flanneld calls the cluster network (FLANNEL-* rules). */
  readonly network: IpPrefix;
  readonly enableNftables: boolean;
  /** flanneld's --ip-masq, which the published DaemonSet sets. */
  readonly ipMasq: boolean;
  readonly cni: CniConfig;
}

export type FlannelBackend =
  | {
      readonly type: 'vxlan';
      readonly vni: number;
      /** 0: the kernel's default, 8472. */
      readonly port: number;
      readonly directRouting: boolean;
      /** Overrides the computed MTU of flannel.1. */
      readonly mtu: number | undefined;
    }
  | { readonly type: 'host-gw' }
  | { readonly type: 'ipip'; readonly directRouting: boolean }
  | {
      readonly type: 'wireguard';
      readonly port: number;
      /** Seconds; 0: off. */
      readonly persistentKeepalive: number;
    };

/** The delegate of the flannel plugin (a bridge) and whether portmap is chained. */
export interface CniConfig {
  readonly name: string;
  readonly cniVersion: string;
  readonly bridge: string;
  readonly hairpinMode: boolean;
  readonly isDefaultGateway: boolean;
  /** delegate.mtu; undefined: as subnet.env says. */
  readonly mtu: number | undefined;
  readonly ipMasq: boolean;
  readonly portmap: boolean;
  /** cni-conf.json as it is written; undefined: nobody wrote one. */
  readonly text?: string;
  /** There is more in it than the fields above tell, or it cannot be read: what it does only running its plugins can say. */
  readonly unusual?: true;
}

/** IPPools, BGPConfiguration and FelixConfiguration, or what calico-node or the operator makes them of. */
export interface CalicoConfig {
  /** What the first pool that Pods get addresses from amounts to. */
  readonly backend: CniBackend;
  /** In the order of the API server's list. */
  readonly pools: readonly CalicoPool[];
  /** BGPConfiguration's nodeToNodeMeshEnabled, where BIRD runs at all. */
  readonly mesh: boolean;
  /** Whether BIRD runs: calico_backend bird, or the operator's bgp Enabled. */
  readonly bird: boolean;
  readonly asNumber: number;
  readonly peers: readonly CalicoPeer[];
  /** veth_mtu, or the operator's mtu; undefined: found out from the NIC. */
  readonly mtu: number | undefined;
  readonly vxlan: { readonly port: number; readonly vni: number; readonly mtu: number | undefined };
  readonly ipipMtu: number | undefined;
  readonly strictAffinity: boolean;
  /** bpfEnabled; absent: Felix writes iptables rules. */
  readonly ebpf?: CalicoEbpf;
}

/** FelixConfiguration's settings of the eBPF data plane. */
export interface CalicoEbpf {
  /** `bpfExternalServiceMode: DSR` */
  readonly dsr: boolean;
  /** Whether connect() is load-balanced, for TCP: bpfConnectTimeLoadBalancing is not Disabled. */
  readonly connectTime: boolean;
}

/** A BGPPeer: of one node, of those that a selector chooses, or of all; with a router outside or with nodes. */
export interface CalicoPeer {
  readonly name: string;
  readonly node?: string;
  readonly nodeSelector?: string;
  readonly peerIp?: IpAddress;
  readonly asNumber?: number;
  readonly peerSelector?: string;
}

/** Which packets to other nodes' Pods of a pool are wrapped: those that a router would see are on another subnet. */
export type Encapsulate = 'Never' | 'Always' | 'CrossSubnet';

/** An IPv4 IPPool. */
export interface CalicoPool {
  readonly name: string;
  readonly cidr: IpPrefix;
  /** Prefix length of the blocks that it is cut into. */
  readonly blockSize: number;
  readonly ipip: Encapsulate;
  readonly vxlan: Encapsulate;
  readonly natOutgoing: boolean;
  readonly disabled: boolean;
  readonly nodeSelector: string;
  readonly disableBgpExport: boolean;
  readonly allowedUses: readonly ('Workload' | 'Tunnel' | 'LoadBalancer')[];
}

/** kubeproxy.config.k8s.io/v1alpha1 */
export interface KubeProxyConfig {
  readonly mode: ProxyMode;
  /** undefined: empty in the ConfigMap; then no masquerading of traffic from outside the Pod network by it. */
  readonly clusterCidr: IpPrefix | undefined;
  /** The IPv6 one of a list of two. */
  readonly clusterCidr6: IpPrefix | undefined;
  readonly detectLocalMode: 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix';
  readonly masqueradeAll: boolean;
  /** The fwmark is 1 << masqueradeBit. */
  readonly masqueradeBit: number;
  readonly localhostNodePorts: boolean;
  /** The nftables mode's own. */
  readonly nftables: { readonly masqueradeAll: boolean; readonly masqueradeBit: number };
  readonly ipvs: {
    /** As ipvsadm takes it: rr, lc, sh … */
    readonly scheduler: string;
    readonly strictArp: boolean;
  };
  /** Empty: all of the node's addresses. */
  readonly nodePortAddresses: readonly IpPrefix[];
  /** nodePortAddresses is `primary`: the first InternalIP of each family, and no other. */
  readonly nodePortPrimary: boolean;
}
