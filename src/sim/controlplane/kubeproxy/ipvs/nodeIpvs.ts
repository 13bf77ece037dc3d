import type { Link } from '../../../../datamodel/network/link.ts';
import type { Sysctls } from '../../../../datamodel/network/netns.ts';
import type { InterfaceAddress } from '../../../../datamodel/network/tables.ts';
import { hostPrefix, type IpAddress } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { interfaceAddress } from '../../netnsParts.ts';
import { nodeDevices } from '../../nodeDevices.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';

const DEVICE = 'kube-ipvs0';
const OWNER = 'kube-proxy';
/** A dummy's own. */
const MTU = 1500;

/** The dummy that holds the Services' addresses; it is never brought up. It comes behind all devices of the node's set-up. */
export function dummyDevice(plan: ClusterPlan, node: NodePlan): Link {
  const links = nodeDevices(plan, node).flatMap((part) => part.links ?? []);
  return {
    kind: 'dummy',
    name: DEVICE,
    index: Math.max(...links.map(({ index }) => index)) + 1,
    owner: OWNER,
    mac: randomMac(plan.settings.seed, DEVICE, node.node.metadata.name),
    mtu: MTU,
    up: false,
    arp: false,
    multicast: false,
  };
}

/** Each Service address as a /32 (or /128) of its own. */
export function dummyAddresses(addresses: readonly IpAddress[]): readonly InterfaceAddress[] {
  return addresses.map((address) => interfaceAddress(OWNER, DEVICE, hostPrefix(address)));
}

/** What the proxier insists on when it starts (NewProxier). */
export function ipvsSysctls(strictArp: boolean): Sysctls {
  return {
    'net.ipv4.vs.conntrack': '1',
    'net.ipv4.vs.expire_nodest_conn': '1',
    'net.ipv4.vs.expire_quiescent_template': '1',
    'net.ipv4.ip_forward': '1',
    ...(strictArp && { 'net.ipv4.conf.all.arp_ignore': '1', 'net.ipv4.conf.all.arp_announce': '2' }),
  };
}
