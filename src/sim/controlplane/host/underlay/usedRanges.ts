import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import { familyOf, hostPrefix, type IpPrefix } from '../../../../wire/address.ts';

/** Ranges that no new subnet may touch: Pods', Services', and the addresses of the nodes. */
export function usedRanges({ network, nodes }: ClusterObjects): readonly IpPrefix[] {
  return [
    network.podCidr,
    network.flannel.network,
    network.serviceCidr,
    ...(network.cilium?.pool?.cidrs ?? []),
    ...(network.calico?.pools.map(({ cidr }) => cidr) ?? []),
    ...nodes.flatMap(({ internalIps }) => internalIps.map(hostPrefix)),
  ].filter(({ address }) => familyOf(address) === 'IPv4');
}
