import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import { hostPrefix, type IpPrefix, networkOf } from '../../../../wire/address.ts';
import { bridgeAddress } from '../../cni/bridge.ts';
import { portmapOnNode } from '../../cni/portmap.ts';
import { assignFromNodeRanges, type RangePlugin } from '../../ipam/nodeRanges.ts';
import { nodePodCidr } from '../../ipam/podAddresses.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import type { ClusterNetwork, NetworkInput, NetworkProvider, OpenNetwork } from '../provider.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import { hostDevices, type OtherNode, type TunnelProtocol, tunnelName } from './hostDevices.ts';
import { ipcacheOf } from './identities.ts';
import { ciliumRules } from './iptablesRules.ts';
import { lxcVeth, vethInPod, vethsOnNode } from './podInterface.ts';
import { datapathPrograms } from './programs.ts';

/** lo, eth0, cilium_net, cilium_host and the tunnel device come before the Pods' veths. */
const FIRST_VETH_INDEX = 6;
/** What either tunnel needs (pkg/mtu): Geneve's has no options. */
const TUNNEL_OVERHEAD = 50;
/** The list's name where cni.chainingMode is portmap. */
const NETWORK = 'portmap';
const PLUGIN: RangePlugin = {
  name: 'cilium-cni',
  withoutRange:
    'unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout',
  prefix: 'unable to allocate IP via local cilium agent: ',
};

const TUNNELS: readonly (readonly [CniBackend, TunnelProtocol | undefined])[] = [
  ['cilium-vxlan', 'vxlan'],
  ['cilium-geneve', 'geneve'],
  ['cilium-native', undefined],
];

/**
 * Cilium with its chart's defaults: masquerading by iptables, and with that what its documentation calls legacy host routing.
 * Nodes' ranges are their podCIDRs, which are what cluster-pool would cut from the same range.
 */
export const CILIUM: readonly (readonly [CniBackend, NetworkProvider])[] = TUNNELS.map(([name, tunnel]) => [
  name,
  { addressing: 'cilium in podCIDR', open: (input) => open(input, tunnel) },
]);

function open({ objects, seed, memory }: NetworkInput, tunnel: TunnelProtocol | undefined): OpenNetwork {
  return {
    ...assignFromNodeRanges(objects.nodes, objects.pods, memory, PLUGIN),
    podRanges: [objects.network.podCidr],
    firstVethIndex: FIRST_VETH_INDEX,
    hostVeth: (pod, attempt) => lxcVeth(pod, attempt, seed),
    start: (planned) => start(planned, tunnel),
  };
}

/** cilium-agent on every node. Beside kube-proxy it has the host's stack deliver to Pods, where conntrack undoes what that did. */
function start(planned: PlannedNodes, tunnel: TunnelProtocol | undefined): ClusterNetwork {
  const { settings, nicMtu, objects, nodes } = planned;
  const { podCidr, kubeProxy } = objects.network;
  const { seed, randomFully } = settings;
  const mtu = settings.podMtu === 'auto' ? nicMtu : settings.podMtu;
  const routeMtu = tunnel ? mtu - TUNNEL_OVERHEAD : mtu;
  const endpointRoutes = (settings.proxyMode ?? kubeProxy.mode) !== 'ebpf';
  const tunnelDevice = tunnel && tunnelName(tunnel);
  const ipcache = ipcacheOf(planned);
  const known = [...nodes.values()].flatMap((node): readonly OtherNode[] => {
    const cidr = nodePodCidr(node.node);
    return cidr ? [{ node, cidr: networkOf(cidr) }] : [];
  });
  const viewOf = (node: NodePlan) => {
    const own = known.find((each) => each.node === node);
    return own && { cidr: own.cidr, router: bridgeAddress(own.cidr), others: known.filter((each) => each !== own) };
  };
  const apart = (cidr: IpPrefix): IpPrefix => (tunnel ? cidr : podCidr);
  return {
    podMtu: mtu,
    warnings: tunnel ? [] : [...nodes.values()].flatMap((node) => unreachable(node, known)),
    tunnelDevice,
    devices: (node) => {
      const view = viewOf(node);
      if (!view) return [];
      return [hostDevices(node, { ...view, tunnel, mtu, routeMtu, seed }), vethsOnNode(node, mtu, endpointRoutes)];
    },
    rules: (node) => {
      const view = viewOf(node);
      if (!view) return [];
      const { cidr, router, others } = view;
      const addresses = tunnel ? undefined : [...nodes.values()].map(({ address }) => address);
      return [
        ciliumRules({ cidr, router, apart: apart(cidr), nodes: addresses, endpointRoutes, randomFully }),
        portmapOnNode(
          { network: NETWORK, sourceOf: (pod) => hostPrefix(pod.address), deviceOf: (pod) => pod.hostVeth },
          node,
        ),
        datapathPrograms(node, { ipcache, others, tunnelDevice, endpointRoutes, seed }),
      ];
    },
    pod: (node, pod) => {
      const router = viewOf(node)?.router ?? pod.address;
      return vethInPod(node, pod, { router, mtu, routeMtu, seed });
    },
  };
}

/** auto-direct-node-routes needs all nodes on one subnet. */
function unreachable(node: NodePlan, known: readonly OtherNode[]): readonly string[] {
  const far = known.filter((other) => other.node !== node && !sharesSubnet(node, other.node));
  if (far.length === 0) return [];
  const names = far.map((other) => other.node.node.metadata.name).join(', ');
  return [
    `cilium-agent on ${node.node.metadata.name} cannot add direct routes to ${names}: the nodes are not directly connected ` +
      '(auto-direct-node-routes needs all nodes on one subnet).',
  ];
}
