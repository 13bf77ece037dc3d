import type { BgpDeed } from '../bgp/operation.ts';
import type { Flow } from '../flow/flow.ts';
import type { NetnsId } from '../network/netnsId.ts';
import type { Owner } from '../network/tables.ts';
import type { Operation } from './operation.ts';
import type { UnderlayName, UnderlayOptions } from './underlay.ts';

/** A file or a pasted text, with the name errors shall call it by. */
export interface ManifestSource {
  readonly name: string;
  readonly text: string;
}

/** What the cluster is built with where the manifests leave it open, and what a person flipped since. */
export interface ClusterSettings {
  /** Overrides what the CNI's manifests say; absent: as in the manifests, else flannel's vxlan. */
  readonly cni?: CniBackend;
  /** Overrides what kube-proxy's ConfigMap says; absent: as in the manifests, else iptables. */
  readonly proxyMode?: ProxyMode;
  /** How Services are load-balanced when eBPF does it; absent: Cilium's defaults. */
  readonly ebpf?: EbpfSettings;
  /** What kube-proxy wrote in a former mode stays when another begins; absent: it is cleaned up as by `kube-proxy --cleanup`. */
  readonly leaveOldRules?: boolean;
  /** What lies between the nodes; absent: one L2 segment. */
  readonly underlay?: UnderlayName;
  readonly underlayOptions?: UnderlayOptions;
  /** Pod MTU; `auto` is what the CNI computes (the NIC's less the tunnel's overhead). */
  readonly podMtu: number | 'auto';
  /** MASQUERADE --random-fully, as kube-proxy and flannel ask for when iptables knows it. */
  readonly randomFully: boolean;
  readonly seed: number;
}

/** kube-proxy's modes, and eBPF programs in its stead. */
export type ProxyMode = 'iptables' | 'nftables' | 'ipvs' | 'ebpf';

/** Cilium's settings of the same meaning; what is absent is as Cilium has it. */
export interface EbpfSettings {
  /** `loadBalancer.mode`: how backends of other nodes are reached; `hybrid` is DSR for TCP alone. Default snat. */
  readonly dsr?: 'snat' | 'dsr' | 'hybrid';
  /** `loadBalancer.algorithm`, of north-south traffic. Default random. */
  readonly algorithm?: 'random' | 'maglev';
  /** `socketLB.hostNamespaceOnly`: Pods' packets are load-balanced one by one at their veths. Default false. */
  readonly socketLbHostOnly?: boolean;
}

/** How packets of Pods travel between nodes: a CNI with the way that it is set up for. */
export type CniBackend =
  | 'flannel-vxlan'
  | 'flannel-vxlan-directrouting'
  | 'flannel-host-gw'
  | 'flannel-wireguard'
  | 'flannel-ipip'
  | 'calico-bgp'
  | 'calico-ipip'
  | 'calico-ipip-crosssubnet'
  | 'calico-vxlan'
  | 'calico-vxlan-crosssubnet'
  | 'calico-ebpf'
  | 'cilium-vxlan'
  | 'cilium-geneve'
  | 'cilium-native'
  | 'aws-vpc'
  | 'kubenet'
  | 'none';

/** Every change of a simulation, as plain data: a session is the list of its commands. */
export type Command =
  /** Replaces the cluster by what the manifests describe, as a whole or not at all. */
  | { readonly type: 'load'; readonly sources: readonly ManifestSource[] }
  /**
   * Other settings. What agents of a running cluster take up (kube-proxy's mode, what it leaves of another, `--random-fully`) is changed in place, at a
   * moment; anything else rebuilds the cluster: Pods are recreated, runtime tables start empty, edits are gone.
   */
  | {
      readonly type: 'configure';
      readonly settings: Partial<ClusterSettings>;
      /** A CNI is applied to the running cluster, as `kubectl apply` would: its agents are rolled out, and nothing is made anew. */
      readonly inPlace?: InPlace;
      readonly at?: Moment;
    }
  /** Sends traffic; what the kernels learn from it stays. */
  | { readonly type: 'send'; readonly flow: Flow }
  /** Runs `ip`, `bridge`, `sysctl`, `iptables` or `conntrack` in a namespace, as a person would. */
  | { readonly type: 'exec'; readonly netns: NetnsId; readonly line: string; readonly at?: Moment }
  /** Cuts a cable, a machine's power or its BIRD. Routing agents take their time over it; it is mended by taking it back. */
  | { readonly type: 'cut'; readonly does: BgpDeed; readonly at?: Moment }
  /**
   * Lets time pass, or go back to as late as the last deed that routing agents have to do with (a cut, a device taken down, its
   * undoing): to so many seconds after it, or until all routes have settled. Kernels know then what they knew at the deed.
   */
  | { readonly type: 'wait'; readonly until: number | 'converged' }
  /** Takes an edit back, or all of them, as if it had never been made. */
  | { readonly type: 'undo'; readonly edit: number | 'all'; readonly at?: Moment }
  /** Changes the objects of the running cluster; its controllers and agents act on it. */
  | { readonly type: 'operate'; readonly operation: Operation; readonly at?: Moment }
  /** The agent writes its entries again: what people did to them is gone. */
  | { readonly type: 'reconcile'; readonly netns: NetnsId; readonly owner: Owner; readonly at?: Moment };

/** Where the agents of a CNI are rolled out that is changed in place. */
export interface InPlace {
  /** Absent: on every node. */
  readonly node?: string;
}

/**
 * A moment in a conversation: after the step with this id. A change made at a moment of the latest conversation meets its
 * packets where they are: what had happened by then stays, the rest is run again.
 */
export interface Moment {
  readonly conversation: number;
  readonly step: number;
}
