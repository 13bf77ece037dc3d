import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { hostPrefix, ipAddress, type MacAddress } from '../../../../wire/address.ts';
import { mainRoute, type NetnsParts, permanentNeighbor } from '../../netnsParts.ts';
import type { NodePlan, PodPlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';
import { nodeEnds, POD_INTERFACE, podNameHash, routedPod } from '../routedVeth.ts';

/** The address that nobody has: Pods know its MAC without asking. */
const GATEWAY = ipAddress('169.254.1.1');

/** The node's end of a Pod's veth: `eni` and a hash of the Pod's name. */
export function eniVeth(pod: Pod, attempt: number, seed: number): { readonly name: string; readonly mac: MacAddress } {
  const { namespace, name } = pod.metadata;
  return { name: `eni${podNameHash(pod, attempt)}`, mac: randomMac(seed, 'host veth', namespace, name) };
}

/** A veth a Pod, and in table main the route to it (cmd/routed-eni-cni-plugin/driver). */
export function vethsOnNode(node: NodePlan, mtu: number): NetnsParts {
  return {
    links: nodeEnds(node, mtu),
    routes: node.pods.map((pod) => mainRoute('cni', hostPrefix(pod.address), { dev: pod.hostVeth, scope: 'link' })),
  };
}

/** A Pod's own address with no neighbours, and everything by way of a gateway whose MAC is the veth's other end's. */
export function vethInPod(node: NodePlan, pod: PodPlan, mtu: number, seed: number): NetnsParts {
  const { namespace, name } = pod.pod.metadata;
  const mac = randomMac(seed, 'pod veth', namespace, name);
  return {
    ...routedPod(node, pod, { mac, mtu, gateway: GATEWAY }),
    neighbors: [permanentNeighbor('cni', POD_INTERFACE.name, GATEWAY, pod.hostVethMac)],
  };
}
