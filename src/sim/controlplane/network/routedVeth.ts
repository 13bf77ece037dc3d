import { sha1 } from '@noble/hashes/legacy.js';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import { hostPrefix, type IpAddress, ipPrefix, type MacAddress } from '../../../wire/address.ts';
import { interfaceAddress, loopback, mainRoute, type NetnsParts } from '../netnsParts.ts';
import type { NodePlan, PodPlan } from '../nodePlan.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
/** The Pod's end of its veth. */
export const POD_INTERFACE = { name: 'eth0', index: 2 };
const NAME_DIGITS = 11;

/** The digits that Calico and the AWS VPC CNI name a Pod's veth by: of the SHA-1 of `namespace.name`. */
export function podNameHash({ metadata: { namespace, name } }: Pod, attempt: number): string {
  const bytes = sha1(new TextEncoder().encode(`${namespace}.${name}${attempt === 0 ? '' : ` ${attempt}`}`));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.slice(0, NAME_DIGITS);
}

/** The node's ends of its Pods' veths, ports of no bridge. */
export function nodeEnds(node: NodePlan, mtu: number): readonly Link[] {
  return node.pods.map((pod) => ({
    kind: 'veth',
    name: pod.hostVeth,
    index: pod.hostVethIndex,
    owner: 'cni',
    mac: pod.hostVethMac,
    mtu,
    up: true,
    peer: { netns: pod.netns, link: POD_INTERFACE.name, index: POD_INTERFACE.index },
  }));
}

/**
 * A Pod whose address has no neighbours: everything goes by way of a gateway that is on no subnet of its own.
 *
 * @param routeMtu of the default route, where it is not the interface's.
 */
export function routedPod(
  node: NodePlan,
  pod: PodPlan,
  {
    mac,
    mtu,
    gateway,
    routeMtu = mtu,
  }: {
    readonly mac: MacAddress;
    readonly mtu: number;
    readonly gateway: IpAddress;
    readonly routeMtu?: number;
  },
): NetnsParts {
  const lo = loopback('cni');
  const { name: dev, index } = POD_INTERFACE;
  const link: Link = {
    kind: 'veth',
    name: dev,
    index,
    owner: 'cni',
    mac,
    mtu,
    up: true,
    peer: { netns: node.netns, link: pod.hostVeth, index: pod.hostVethIndex },
  };
  return {
    links: [...(lo.links ?? []), link],
    addresses: [...(lo.addresses ?? []), interfaceAddress('cni', dev, hostPrefix(pod.address))],
    routes: [
      mainRoute('cni', hostPrefix(gateway), { dev, scope: 'link' }),
      { ...mainRoute('cni', DEFAULT_ROUTE, { via: gateway, dev }), ...(routeMtu !== mtu && { mtu: routeMtu }) },
    ],
  };
}
