import type { Node } from '../../../datamodel/kubernetes/node.ts';
import { familyOf, type IpAddress, type IpFamily, type IpPrefix, ipAddress } from '../../../wire/address.ts';
import type { ClusterPlan } from '../clusterPlan.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { NodePlan } from '../nodePlan.ts';

/** One mode of kube-proxy: what it writes on a node, given the addresses that the node has by then, of both families. */
export type Proxier = (node: NodePlan, localAddresses: readonly IpAddress[]) => NetnsParts;

/** A mode at work on a whole cluster. Nodes share what comes out the same for them. */
export type ProxyModeCompiler = (plan: ClusterPlan) => Proxier;

/** What `detectLocalMode` tells Pods' traffic by; ClusterCIDR stands in for the modes that go by an interface. */
export function podPrefix({ objects, network }: ClusterPlan, node: Node, family: IpFamily): IpPrefix | undefined {
  const { detectLocalMode, clusterCidr, clusterCidr6 } = objects.network.kubeProxy;
  if (network.withoutPodCidr) return undefined;
  if (detectLocalMode === 'NodeCIDR') return node.podCidrs.find(({ address }) => familyOf(address) === family);
  return family === 'IPv4' ? clusterCidr : clusterCidr6;
}

/** Stands for a node's address of a family that it has none of (GetNodeIPs' fallback in cmd/kube-proxy). */
const NO_ADDRESS = { IPv4: ipAddress('127.0.0.1'), IPv6: ipAddress('::1') };

/** The node's own address of a family, as its proxy knows it. */
export function nodeAddress({ internalIps }: Node, family: IpFamily): IpAddress {
  return internalIps.find((address) => familyOf(address) === family) ?? NO_ADDRESS[family];
}
