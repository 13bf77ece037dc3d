import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { hostPrefix, type IpAddress, type MacAddress } from '../../../../wire/address.ts';
import { sandboxId } from '../../cni/sandbox.ts';
import { sha256Hex } from '../../digest.ts';
import { mainRoute, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PodPlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';
import { nodeEnds, routedPod } from '../routedVeth.ts';

const NAME_DIGITS = 12;

/** The node's end of a Pod's veth: `lxc` and a hash of the container and its interface (pkg/datapath/connector). */
export function lxcVeth(pod: Pod, attempt: number, seed: number): { readonly name: string; readonly mac: MacAddress } {
  const { namespace, name } = pod.metadata;
  const hash = sha256Hex(`${sandboxId(pod)}eth0${attempt === 0 ? '' : attempt}`);
  return { name: `lxc${hash.slice(0, NAME_DIGITS)}`, mac: randomMac(seed, 'host veth', namespace, name) };
}

/** The MAC of a Pod's own end, which the endpoint map has as well. */
export function podMac({ pod: { metadata } }: PodPlan, seed: number): MacAddress {
  return randomMac(seed, 'pod veth', metadata.namespace, metadata.name);
}

/** The nodes' ends; with endpoint routes each is led to by a route of its own. */
export function vethsOnNode(node: NodePlan, mtu: number, endpointRoutes: boolean): NetnsParts {
  return {
    links: nodeEnds(node, mtu),
    routes: endpointRoutes
      ? node.pods.map((pod) => ({
          ...mainRoute('cilium-agent', hostPrefix(pod.address), { dev: pod.hostVeth, scope: 'link' }),
          protocol: 'kernel',
        }))
      : [],
  };
}

/** A Pod's address with no neighbours, and everything by way of its node's router address, in packets of the route's MTU. */
export function vethInPod(
  node: NodePlan,
  pod: PodPlan,
  {
    router,
    mtu,
    routeMtu,
    seed,
  }: { readonly router: IpAddress; readonly mtu: number; readonly routeMtu: number; readonly seed: number },
): NetnsParts {
  return routedPod(node, pod, { mac: podMac(pod, seed), mtu, gateway: router, routeMtu });
}
