import { sha1 } from '@noble/hashes/legacy.js';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import type { Link } from '../../../../datamodel/network/link.ts';
import { hostPrefix, ipAddress, ipPrefix, type MacAddress, macAddress, macFromIpv4 } from '../../../../wire/address.ts';
import { interfaceAddress, loopback, mainRoute, type NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PodPlan } from '../../nodePlan.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
const POD_INTERFACE = { name: 'eth0', index: 2 };
const MAC_HEAD = '0a:58';
/** The address that nobody has: the node answers for it, as for every other, by proxy ARP. */
const GATEWAY = ipAddress('169.254.1.1');
const HOST_MAC = macAddress('ee:ee:ee:ee:ee:ee');
const NAME_DIGITS = 11;

/** The node's end of a Pod's veth: `cali` and a hash of the Pod's name; all of them have one MAC. */
export function caliVeth(pod: Pod, attempt: number): { readonly name: string; readonly mac: MacAddress } {
  const { namespace, name } = pod.metadata;
  const bytes = sha1(new TextEncoder().encode(`${namespace}.${name}${attempt === 0 ? '' : ` ${attempt}`}`));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { name: `cali${digits.slice(0, NAME_DIGITS)}`, mac: HOST_MAC };
}

/**
 * The calico plugin's work on a node (cni-plugin/pkg/dataplane/linux): no bridge, a veth a Pod and a route to it. What makes the
 * node answer the Pod's ARP questions are the veth's sysctls.
 */
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
  const lo = loopback('cni');
  const { name: dev, index } = POD_INTERFACE;
  const link: Link = {
    kind: 'veth',
    name: dev,
    index,
    owner: 'cni',
    mac: macFromIpv4(MAC_HEAD, pod.address),
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
  };
}
