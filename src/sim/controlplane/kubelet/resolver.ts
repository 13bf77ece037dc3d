import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { Resolver } from '../../../datamodel/network/netns.ts';
import type { IpAddress } from '../../../wire/address.ts';

/**
 * The resolv.conf that kubelet writes for a Pod (pkg/kubelet/network/dns/dns.go): the cluster's DNS with ClusterFirst, the
 * node's own (none here) with Default and for hostNetwork Pods that do not ask otherwise.
 *
 * @param server ClusterIP of the DNS Service; undefined: the cluster has none.
 */
export function podResolver(pod: Pod, server: IpAddress | undefined, domain: string): Resolver | undefined {
  const cluster = pod.dnsPolicy === 'ClusterFirstWithHostNet' || (pod.dnsPolicy === 'ClusterFirst' && !pod.hostNetwork);
  if (!cluster || server === undefined) return undefined;
  return {
    servers: [server],
    search: [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain],
    ndots: 5,
    owner: 'kubelet',
  };
}
