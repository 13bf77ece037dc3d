import { sha1 } from '@noble/hashes/legacy.js';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import type { Link } from '../../../../datamodel/network/link.ts';
import { hostPrefix, ipAddress, ipPrefix, type MacAddress } from '../../../../wire/address.ts';
import { interfaceAddress, loopback, mainRoute, type NetnsParts, permanentNeighbor } from '../../netnsParts.ts';
import type { NodePlan, PodPlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
const POD_INTERFACE = { name: 'eth0', index: 2 };
/** The address that nobody has: Pods know its MAC without asking. */
const GATEWAY = ipAddress('169.254.1.1');
const NAME_DIGITS = 11;

/** The node's end of a Pod's veth: `eni` and a hash of the Pod's name. */
export function eniVeth(pod: Pod, attempt: number, seed: number): { readonly name: string; readonly mac: MacAddress } {
  const { namespace, name } = pod.metadata;
  const bytes = sha1(new TextEncoder().encode(`${namespace}.${name}${attempt === 0 ? '' : ` ${attempt}`}`));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { name: `eni${digits.slice(0, NAME_DIGITS)}`, mac: randomMac(seed, 'host veth', namespace, name) };
}

/** A veth a Pod, and in table main the route to it (cmd/routed-eni-cni-plugin/driver). */
export function vethsOnNode(node: NodePlan, mtu: number): NetnsParts {
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
    routes: node.pods.map((pod) => mainRoute('cni', hostPrefix(pod.address), { dev: pod.hostVeth, scope: 'link' })),
  };
}

/** A Pod's own address with no neighbours, and everything by way of a gateway whose MAC is the veth's other end's. */
export function vethInPod(node: NodePlan, pod: PodPlan, mtu: number, seed: number): NetnsParts {
  const lo = loopback('cni');
  const { name: dev, index } = POD_INTERFACE;
  const { namespace, name } = pod.pod.metadata;
  const link: Link = {
    kind: 'veth',
    name: dev,
    index,
    owner: 'cni',
    mac: randomMac(seed, 'pod veth', namespace, name),
    mtu,
    up: true,
    peer: { netns: node.netns, link: pod.hostVeth, index: pod.hostVethIndex },
  };
  return {
    links: [...(lo.links ?? []), link],
    addresses: [...(lo.addresses ?? []), interfaceAddress('cni', dev, hostPrefix(pod.address))],
    routes: [
      mainRoute('cni', hostPrefix(GATEWAY), { dev, scope: 'link' }),
      mainRoute('cni', DEFAULT_ROUTE, { via: GATEWAY, dev }),
    ],
    neighbors: [permanentNeighbor('cni', dev, GATEWAY, pod.hostVethMac)],
  };
}
