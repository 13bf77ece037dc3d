import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { ObjectMeta } from './objectMeta.ts';

/** A node as kubelet, the node CIDR allocator, flanneld and kube-proxy see it. */
export interface Node {
  readonly metadata: ObjectMeta;
  /** Its InternalIP addresses in status order; never empty. The first IPv4 one is what its NIC carries. */
  readonly internalIps: readonly IpAddress[];
  readonly externalIps: readonly IpAddress[];
  /** spec.podCIDRs, given or allocated; empty when the cluster has no Pod network to allocate from, or it is used up. */
  readonly podCidrs: readonly IpPrefix[];
  readonly taints: readonly Taint[];
  /** `kubectl cordon`. */
  readonly unschedulable: boolean;
  readonly ready: boolean;
  /** kubelet's --max-pods, where the node's status tells it. */
  readonly maxPods?: number;
  readonly controlPlane: boolean;
  /** `topology.kubernetes.io/zone` */
  readonly zone: string | undefined;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: TaintEffect;
}

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
