import type { CniConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import {
  addressAt,
  type IpAddress,
  type IpPrefix,
  ipPrefix,
  type MacAddress,
  macFromIpv4,
} from '../../../wire/address.ts';
import { bridgeMacs, interfaceAddress, loopback, mainRoute, type NetnsParts } from '../netnsParts.ts';
import type { NodePlan, PodPlan } from '../nodePlan.ts';
import { bridgePort, hostEndOfVeth, newBridge, podEndOfVeth, type VethEnds } from './bridgeLinks.ts';

const DEFAULT_ROUTE = ipPrefix('0.0.0.0/0');
export const BRIDGE_INDEX = 3;
const POD_INTERFACE = { name: 'eth0', index: 2 };
/** Both of the bridge plugin's MACs follow from the addresses. */
const MAC_HEAD = '0a:58';

/** What the flannel plugin tells the bridge plugin. */
export interface BridgeConfig extends Pick<CniConfig, 'bridge' | 'hairpinMode' | 'isDefaultGateway'> {
  readonly mtu: number;
  /** The whole Pod network, which flannel's Pods get a route to. */
  readonly clusterNetwork?: IpPrefix;
  /** The node's part of it; undefined: it has none. */
  readonly subnet?: IpPrefix;
}

/**
 * The bridge plugin's work on a node, delegated to by the flannel plugin: the bridge, made for the first Pod, with the first
 * address of the subnet on it, and each Pod's veth as a port of it.
 */
export function bridgeOnNode(config: BridgeConfig, node: NodePlan): NetnsParts {
  const { subnet } = config;
  if (subnet === undefined || node.pods.length === 0) return {};
  const gateway = bridgeAddress(subnet);
  const bridge = newBridge(config.bridge, BRIDGE_INDEX, addressMac(gateway), config.mtu);
  const links = [bridge, ...node.pods.map((pod) => hostEnd(config, node, pod))];
  return {
    links,
    fdb: bridgeMacs(links),
    addresses: [interfaceAddress('cni', config.bridge, { address: gateway, length: subnet.length })],
  };
}

function hostEnd(config: BridgeConfig, node: NodePlan, pod: PodPlan): Link {
  const link = hostEndOfVeth(endsOf(config, node, pod), pod.hostVethMac);
  return { ...link, port: bridgePort(config.bridge, config.hairpinMode) };
}

function endsOf(config: BridgeConfig, node: NodePlan, pod: PodPlan): VethEnds {
  return {
    host: { netns: node.netns, link: pod.hostVeth, index: pod.hostVethIndex },
    pod: { netns: pod.netns, link: POD_INTERFACE.name, index: POD_INTERFACE.index },
    mtu: config.mtu,
  };
}

/**
 * What the chain flannel, bridge, host-local leaves in a Pod: its interface, the address, the default route by way of the
 * bridge, and flannel's route to the whole Pod network, which leads the same way.
 */
export function bridgeInPod(config: BridgeConfig, node: NodePlan, pod: PodPlan): NetnsParts {
  const lo = loopback('cni');
  const subnet = config.subnet ?? { address: pod.address, length: 24 };
  const via = bridgeAddress(subnet);
  const { name: dev } = POD_INTERFACE;
  const link = podEndOfVeth(endsOf(config, node, pod), addressMac(pod.address));
  return {
    links: [...(lo.links ?? []), link],
    addresses: [...(lo.addresses ?? []), interfaceAddress('cni', dev, { address: pod.address, length: subnet.length })],
    routes: [
      ...(config.clusterNetwork ? [mainRoute('cni', config.clusterNetwork, { via, dev })] : []),
      ...(config.isDefaultGateway ? [mainRoute('cni', DEFAULT_ROUTE, { via, dev })] : []),
    ],
  };
}

/** The MAC of what has an address on the bridge, or is the bridge: here both follow from the addresses. */
export function addressMac(address: IpAddress): MacAddress {
  return macFromIpv4(MAC_HEAD, address);
}

/** isGateway: the bridge owns the first address of the subnet. */
export function bridgeAddress(subnet: IpPrefix): IpAddress {
  return addressAt(subnet, 1);
}
