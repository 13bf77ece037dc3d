import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import { type IpPrefix, ipPrefix, prefixContains } from '../../../../wire/address.ts';
import { bridgeInPod, bridgeOnNode } from '../../cni/bridge.ts';
import { portmapOnNode } from '../../cni/portmap.ts';
import { hostVethName } from '../../cni/sandbox.ts';
import { assignFromNodeRanges, type RangePlugin } from '../../ipam/nodeRanges.ts';
import { nodePodCidr } from '../../ipam/podAddresses.ts';
import { comment, masquerade, notDestination, notDestinationType } from '../../netfilter/match.ts';
import { makeRule } from '../../netfilter/tableChanges.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';
import type { ClusterNetwork, NetworkInput, NetworkProvider, OpenNetwork } from '../provider.ts';
import { cloudRoutes } from './routeController.ts';

const BRIDGE = 'cbr0';
const NETWORK = 'kubenet';
/** lo, eth0 and the bridge come before the Pods' veths. */
const FIRST_VETH_INDEX = 4;
/** kubelet's --non-masquerade-cidr. */
const NON_MASQUERADE = ipPrefix('10.0.0.0/8');
const PLUGIN: RangePlugin = {
  name: 'bridge',
  withoutRange: 'Kubenet does not have netConfig. This is most likely due to lack of PodCIDR',
  prefix: '',
};

/** kubelet's own plugin: a bridge on each node, and nothing between nodes but what the cloud's routers are told. */
export const KUBENET: readonly (readonly [CniBackend, NetworkProvider])[] = [
  ['kubenet', { addressing: 'host-local in podCIDR', open }],
];

function open({ objects, seed, memory }: NetworkInput): OpenNetwork {
  return {
    ...assignFromNodeRanges(objects.nodes, objects.pods, memory, PLUGIN),
    podRanges: [objects.network.podCidr],
    firstVethIndex: FIRST_VETH_INDEX,
    hostVeth: (pod, attempt) => ({
      name: hostVethName(pod, attempt),
      mac: randomMac(seed, 'host veth', pod.metadata.namespace, pod.metadata.name),
    }),
    start,
  };
}

/** kubelet with kubenet on every node, and the controller manager's route controller with a cloud or without. */
function start(planned: PlannedNodes): ClusterNetwork {
  const { settings, nicMtu, objects, nodes } = planned;
  const podMtu = settings.podMtu === 'auto' ? nicMtu : settings.podMtu;
  const bridgeOf = (node: NodePlan) => {
    const subnet = nodePodCidr(node.node);
    return { bridge: BRIDGE, hairpinMode: true, isDefaultGateway: true, mtu: podMtu, ...(subnet && { subnet }) };
  };
  const apart = apartFrom(objects.network.podCidr);
  return {
    podMtu,
    warnings: settings.underlay === 'cloud-vpc' ? [] : [noCloud(nodes)],
    tunnelDevice: undefined,
    devices: (node) => [bridgeOnNode(bridgeOf(node), node)],
    rules: (node) => {
      const subnet = nodePodCidr(node.node);
      if (subnet === undefined) return [];
      return [
        masqueradeRule(apart, settings.randomFully),
        portmapOnNode({ network: NETWORK, sourceOf: () => subnet, deviceOf: () => BRIDGE }, node),
      ];
    },
    pod: (node, pod) => bridgeInPod(bridgeOf(node), node, pod),
    cloud: cloudRoutes(nodes),
  };
}

/** What is not masqueraded on its way there: 10/8 unless the operator says otherwise, whose Pods are elsewhere. */
function apartFrom(podCidr: IpPrefix): IpPrefix {
  return prefixContains(NON_MASQUERADE, podCidr.address) ? NON_MASQUERADE : podCidr;
}

/** pkg/kubelet/dockershim/network/kubenet/kubenet_linux.go, ensureMasqRule */
function masqueradeRule(apart: IpPrefix, randomFully: boolean): NetnsParts {
  const matches = [
    notDestination(apart),
    comment('kubenet: SNAT for outbound traffic from cluster'),
    notDestinationType('LOCAL'),
  ];
  const rule = makeRule('kubelet', 'nat', 'POSTROUTING', matches, masquerade(randomFully));
  return { tables: [{ table: 'nat', chains: [], jumps: [{ hook: 'POSTROUTING', place: 'append', rule }] }] };
}

function noCloud(nodes: PlannedNodes['nodes']): string {
  return (
    `The route controller has no cloud to tell of podCIDRs: no router knows where the Pods of ${[...nodes.keys()].join(', ')} are ` +
    '(NodeNetworkUnavailable: RouteController failed to create a route).'
  );
}
