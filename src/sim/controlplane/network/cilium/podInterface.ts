import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import type { Link } from '../../../../datamodel/network/link.ts';
import { hostPrefix, type IpAddress, ipPrefix, type MacAddress } from '../../../../wire/address.ts';
import { sandboxId } from '../../cni/sandbox.ts';
import { sha256Hex } from '../../digest.ts';
import { interfaceAddress, loopback, mainRoute, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PodPlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
const POD_INTERFACE = { name: 'eth0', index: 2 };
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
    links: node.pods.map(
      (pod): Link => ({
        kind: 'veth',
        name: pod.hostVeth,
        index: pod.hostVethIndex,
        owner: 'cni',
        mac: pod.hostVethMac,
        mtu,
        up: true,
        peer: { netns: pod.netns, link: POD_INTERFACE.name, index: POD_INTERFACE.index },
      }),
    ),
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
  const lo = loopback('cni');
  const { name: dev, index } = POD_INTERFACE;
  const link: Link = {
    kind: 'veth',
    name: dev,
    index,
    owner: 'cni',
    mac: podMac(pod, seed),
    mtu,
    up: true,
    peer: { netns: node.netns, link: pod.hostVeth, index: pod.hostVethIndex },
  };
  return {
    links: [...(lo.links ?? []), link],
    addresses: [...(lo.addresses ?? []), interfaceAddress('cni', dev, hostPrefix(pod.address))],
    routes: [
      mainRoute('cni', hostPrefix(router), { dev, scope: 'link' }),
      { ...mainRoute('cni', DEFAULT_ROUTE, { via: router, dev }), ...(routeMtu !== mtu && { mtu: routeMtu }) },
    ],
  };
}
