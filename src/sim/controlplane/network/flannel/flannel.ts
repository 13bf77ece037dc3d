import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import type { FlannelBackend, FlannelConfig } from '../../../../datamodel/kubernetes/networkConfig.ts';
import { bridgeInPod, bridgeOnNode } from '../../cni/bridge.ts';
import { ipMasqOnNode } from '../../cni/ipMasq.ts';
import { portmapOnNode } from '../../cni/portmap.ts';
import { hostVethName } from '../../cni/sandbox.ts';
import { assignFromNodeRanges } from '../../ipam/nodeRanges.ts';
import { nodePodCidr } from '../../ipam/podAddresses.ts';
import type { NodePlan, PlannedNodes, PodPlan } from '../../nodePlan.ts';
import { randomMac } from '../../randomMac.ts';
import type { ClusterNetwork, NetworkInput, NetworkProvider, OpenNetwork } from '../provider.ts';
import { startBackend } from './backends.ts';
import { type FlannelLease, flannelLease } from './lease.ts';
import { trafficRules } from './trafficManager.ts';

/** lo, eth0 and the bridge come before the Pods' veths. */
const FIRST_VETH_INDEX = 4;
const VXLAN = { type: 'vxlan', vni: 1, port: 0, mtu: undefined } as const;

/** flannel's backends by their names, each with what it makes of net-conf.json where somebody wants it whatever that says. */
const BACKENDS: readonly (readonly [CniBackend, (configured: FlannelBackend) => FlannelBackend])[] = [
  ['flannel-vxlan', (configured) => ({ ...(configured.type === 'vxlan' ? configured : VXLAN), directRouting: false })],
  [
    'flannel-vxlan-directrouting',
    (configured) => ({ ...(configured.type === 'vxlan' ? configured : VXLAN), directRouting: true }),
  ],
  ['flannel-host-gw', () => ({ type: 'host-gw' })],
];

/** Those that a page need not open on. */
const MORE_BACKENDS: typeof BACKENDS = [
  [
    'flannel-wireguard',
    (configured) =>
      configured.type === 'wireguard' ? configured : { type: 'wireguard', port: 51820, persistentKeepalive: 0 },
  ],
  ['flannel-ipip', (configured) => (configured.type === 'ipip' ? configured : { type: 'ipip', directRouting: false })],
];

export const FLANNEL = BACKENDS.map(provided);
export const MORE_FLANNEL = MORE_BACKENDS.map(provided);

function provided([name, backendOf]: (typeof BACKENDS)[number]): readonly [CniBackend, NetworkProvider] {
  return [
    name,
    {
      addressing: 'host-local in podCIDR',
      takesLists: true,
      open: (input) => openFlannel(input, backendOf(input.objects.network.flannel.backend)),
    },
  ];
}

/** The name of what kube-flannel-cfg sets up. */
export function configuredFlannel({ backend }: FlannelConfig): CniBackend {
  if (backend.type !== 'vxlan') return `flannel-${backend.type}`;
  return backend.directRouting ? 'flannel-vxlan-directrouting' : 'flannel-vxlan';
}

function openFlannel({ objects, seed, memory }: NetworkInput, backend: FlannelBackend): OpenNetwork {
  const { podCidr, flannel } = objects.network;
  return {
    ...assignFromNodeRanges(objects.nodes, objects.pods, memory),
    podRanges: [podCidr, flannel.network],
    firstVethIndex: FIRST_VETH_INDEX,
    hostVeth: (pod, attempt) => ({
      name: hostVethName(pod, attempt),
      mac: randomMac(seed, 'host veth', pod.metadata.namespace, pod.metadata.name),
    }),
    start: (planned) => startFlannel(planned, backend),
  };
}

/** flanneld on every node, and the plugin chain flannel (bridge, host-local), portmap. */
function startFlannel(planned: PlannedNodes, wanted: FlannelBackend): ClusterNetwork {
  const { settings, objects } = planned;
  const { flannel } = objects.network;
  const warnings: string[] = [];
  const backend = startBackend(planned, wanted, warnings);
  const podMtu = settings.podMtu === 'auto' ? (flannel.cni.mtu ?? backend.mtu) : settings.podMtu;
  const leases = leasesOf(planned);
  const byName = new Map([...leases].map(([node, lease]) => [node.node.metadata.name, lease]));
  const leaseOf = ({ node: { metadata } }: NodePlan): FlannelLease | undefined => byName.get(metadata.name);
  const bridgeOf = (node: NodePlan) => {
    const lease = leaseOf(node);
    return { ...flannel.cni, mtu: podMtu, clusterNetwork: flannel.network, ...(lease && { subnet: lease.subnet }) };
  };
  return {
    podMtu,
    warnings,
    tunnelDevice: backend.tunnelDevice,
    subnetEnv: (node) => {
      const subnet = leaseOf(node)?.subnet;
      return subnet && { network: flannel.network, subnet, mtu: backend.mtu, ipMasq: flannel.ipMasq };
    },
    lease: (node) => {
      const lease = leaseOf(node);
      return lease && { lease, backend: wanted };
    },
    devices: (node) => {
      const lease = leaseOf(node);
      return [lease ? backend.ways(node, lease, leases, flannel.network) : {}, bridgeOnNode(bridgeOf(node), node)];
    },
    rules: (node) => {
      const lease = leaseOf(node);
      if (lease === undefined) return [];
      const { name, bridge, portmap } = flannel.cni;
      const mapping = { network: name, sourceOf: () => lease.subnet, deviceOf: () => bridge };
      return [
        trafficRules(planned, lease.subnet),
        portmap ? portmapOnNode(mapping, node) : {},
        flannel.cni.ipMasq || !flannel.ipMasq ? ipMasqOnNode({ network: name, subnet: lease.subnet }, node) : {},
      ];
    },
    pod: (node: NodePlan, pod: PodPlan) => bridgeInPod(bridgeOf(node), node, pod),
  };
}

/** Those of nodes without a podCIDR are missing: their flanneld never gets going. */
function leasesOf({ nodes, settings }: PlannedNodes): ReadonlyMap<NodePlan, FlannelLease> {
  const leases = new Map<NodePlan, FlannelLease>();
  for (const node of nodes.values()) {
    const cidr = nodePodCidr(node.node);
    if (cidr) leases.set(node, flannelLease(node.node, cidr, node.address, settings.seed));
  }
  return leases;
}
