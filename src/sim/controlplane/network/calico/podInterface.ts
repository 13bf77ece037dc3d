import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { hostPrefix, ipAddress, type MacAddress, macAddress, macFromIpv4 } from '../../../../wire/address.ts';
import { mainRoute, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PodPlan } from '../../nodePlan.ts';
import { nodeEnds, podNameHash, routedPod } from '../routedVeth.ts';

const MAC_HEAD = '0a:58';
/** The address that nobody has: the node answers for it, as for every other, by proxy ARP. */
const GATEWAY = ipAddress('169.254.1.1');
const HOST_MAC = macAddress('ee:ee:ee:ee:ee:ee');

/** The node's end of a Pod's veth: `cali` and a hash of the Pod's name; all of them have one MAC. */
export function caliVeth(pod: Pod, attempt: number): { readonly name: string; readonly mac: MacAddress } {
  return { name: `cali${podNameHash(pod, attempt)}`, mac: HOST_MAC };
}

/**
 * The calico plugin's work on a node (cni-plugin/pkg/dataplane/linux): no bridge, a veth a Pod and a route to it. What makes the
 * node answer the Pod's ARP questions are the veth's sysctls.
 */
export function vethsOnNode(node: NodePlan, mtu: number): NetnsParts {
  return {
    links: nodeEnds(node, mtu),
    routes: node.pods.map((pod) => mainRoute('felix', hostPrefix(pod.address), { dev: pod.hostVeth, scope: 'link' })),
    sysctls: Object.fromEntries(node.pods.flatMap(({ hostVeth }) => sysctls(hostVeth))),
  };
}

function sysctls(dev: string): readonly (readonly [string, string])[] {
  return [
    [`net.ipv4.conf.${dev}.route_localnet`, '1'],
    [`net.ipv4.conf.${dev}.rp_filter`, '1'],
    [`net.ipv4.conf.${dev}.proxy_arp`, '1'],
    [`net.ipv4.conf.${dev}.forwarding`, '1'],
    [`net.ipv4.neigh.${dev}.proxy_delay`, '0'],
  ];
}

/** What the calico plugin leaves in a Pod: an address with no neighbours, and everything by way of a made-up gateway. */
export function vethInPod(node: NodePlan, pod: PodPlan, mtu: number): NetnsParts {
  return routedPod(node, pod, { mac: macFromIpv4(MAC_HEAD, pod.address), mtu, gateway: GATEWAY });
}
