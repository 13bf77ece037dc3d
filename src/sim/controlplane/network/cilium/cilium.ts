import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import { hostPrefix } from '../../../../wire/address.ts';
import { bridgeAddress } from '../../cni/bridge.ts';
import { portmapOnNode } from '../../cni/portmap.ts';
import { assignFromNodeRanges, type RangePlugin } from '../../ipam/nodeRanges.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import type { ClusterNetwork, NetworkInput, NetworkProvider, OpenNetwork } from '../provider.ts';
import { sharesSubnet } from '../sameSubnet.ts';
import { agentOptions } from './agentOptions.ts';
import { hostDevices, type OtherNode, type TunnelProtocol, tunnelName } from './hostDevices.ts';
import { ipcacheOf } from './identities.ts';
import { ciliumRules } from './iptablesRules.ts';
import { type CiliumNodeRanges, ciliumNodeRanges } from './nodeRanges.ts';
import { lxcVeth, vethInPod, vethsOnNode } from './podInterface.ts';
import { clusterIpPrograms } from './podServices.ts';
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

/** Cilium, by what cilium-config says, if there is one; what the agent does then follows from who load-balances Services. */
export const CILIUM: readonly (readonly [CniBackend, NetworkProvider])[] = TUNNELS.map(([name, tunnel]) => [
  name,
  { addressing: 'cilium in its nodes’ ranges', open: (input) => open(input, tunnel) },
]);

function open({ objects, seed, memory }: NetworkInput, tunnel: TunnelProtocol | undefined): OpenNetwork {
  const known = ciliumNodeRanges(objects);
  const nodes = objects.nodes.map((node) => {
    const range = known.ranges.get(node.metadata.name);
    return { ...node, podCidrs: range ? [range] : [] };
  });
  return {
    ...assignFromNodeRanges(nodes, objects.pods, memory, PLUGIN),
    podRanges: known.pool,
    nodeRanges: [...known.ranges].map(([host, cidr]) => ({ cidr, host })),
    firstVethIndex: FIRST_VETH_INDEX,
    hostVeth: (pod, attempt) => lxcVeth(pod, attempt, seed),
    start: (planned) => start(planned, tunnel, known),
  };
}

/** cilium-agent on every node. */
function start(
  planned: PlannedNodes,
  tunnel: TunnelProtocol | undefined,
  { ranges, warnings }: CiliumNodeRanges,
): ClusterNetwork {
  const { settings, nodes } = planned;
  const { seed, randomFully } = settings;
  const options = agentOptions(planned, tunnel !== undefined);
  const { mtu, endpointRoutes, hostRouting, masquerade } = options;
  const routeMtu = tunnel ? mtu - TUNNEL_OVERHEAD : mtu;
  const tunnelDevice = tunnel && tunnelName(tunnel);
  const podServices = options.replacesKubeProxy ? undefined : clusterIpPrograms(planned);
  const known = [...nodes.values()].flatMap((node): readonly OtherNode[] => {
    const cidr = ranges.get(node.node.metadata.name);
    return cidr ? [{ node, cidr }] : [];
  });
  const routers = new Map(known.map(({ node, cidr }) => [bridgeAddress(cidr), node.address]));
  const ipcache = ipcacheOf(planned, routers);
  const viewOf = (node: NodePlan) => {
    const cidr = ranges.get(node.node.metadata.name);
    if (!cidr) return undefined;
    const others = known.filter((each) => each.node.netns !== node.netns);
    return { cidr, router: bridgeAddress(cidr), others, apart: options.nativeRoutingCidr ?? cidr };
  };
  const direct = options.autoDirectNodeRoutes;
  return {
    podMtu: mtu,
    warnings: [
      ...warnings,
      ...options.warnings,
      ...(direct ? [...nodes.values()].flatMap((node) => unreachable(node, known)) : []),
    ],
    tunnelDevice,
    ...(options.replacesKubeProxy && { hostPorts: 'services' as const }),
    blocksOf: ({ node }) => {
      const range = ranges.get(node.metadata.name);
      return range ? [range] : [];
    },
    ...(masquerade === 'bpf' && {
      masquerade: (node: NodePlan) => {
        const view = viewOf(node);
        const sources = new Set(node.pods.map(({ address }) => address));
        return view && { address: node.address, sources, apart: view.apart, nodes: tunnel !== undefined };
      },
    }),
    devices: (node) => {
      const view = viewOf(node);
      if (!view) return [];
      return [
        hostDevices(node, { ...view, tunnel, direct, mtu, routeMtu, seed }),
        vethsOnNode(node, mtu, endpointRoutes),
      ];
    },
    rules: (node) => {
      const view = viewOf(node);
      if (!view) return [];
      const { cidr, router, apart, others } = view;
      const machines = [...nodes.values()].map(({ address }) => address);
      const addresses = tunnel ? undefined : machines;
      const byRules = masquerade === 'iptables';
      return [
        ciliumRules({ cidr, router, apart, nodes: addresses, endpointRoutes, randomFully, masquerade: byRules }),
        ...(podServices
          ? [
              portmapOnNode(
                { network: NETWORK, sourceOf: (pod) => hostPrefix(pod.address), deviceOf: (pod) => pod.hostVeth },
                node,
              ),
              { devicePrograms: podServices(node) },
            ]
          : []),
        datapathPrograms(node, {
          ipcache,
          others,
          nodes: machines,
          tunnelDevice,
          endpointRoutes,
          nodePorts: options.replacesKubeProxy,
          hostRouting,
          router,
          seed,
        }),
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
