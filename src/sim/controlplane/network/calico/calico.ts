import { keptWith } from '../../../../base/kept.ts';
import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import type { CalicoConfig } from '../../../../datamodel/kubernetes/networkConfig.ts';
import { hostPrefix, type IpAddress } from '../../../../wire/address.ts';
import { portmapOnNode } from '../../cni/portmap.ts';
import { assignFromPools, type CalicoAddresses } from '../../ipam/calico/assignPods.ts';
import type { NodePlan, PlannedNodes } from '../../nodePlan.ts';
import type { ClusterNetwork, NetworkInput, NetworkObjects, NetworkProvider, OpenNetwork } from '../provider.ts';
import { calicoBgp } from './bgp.ts';
import { reachablePrefixes } from './blocks.ts';
import { ebpfProblem, felixEbpf } from './ebpf/felixEbpf.ts';
import { felixBpfRules } from './ebpf/rules.ts';
import { felixRules } from './felixRules.ts';
import { felixVxlan } from './felixVxlan.ts';
import { caliVeth, vethInPod, vethsOnNode } from './podInterface.ts';
import { CALICO_BACKENDS, calicoConfig } from './pools.ts';
import { TUNL0, tunl0 } from './tunl0.ts';

/** lo and eth0 come before the Pods' veths. */
const FIRST_VETH_INDEX = 3;
/** Felix makes its pair before there are Pods. */
const NAT_VETH_ENDS = 2;
/** As the published CNI configuration calls it. */
const NETWORK_NAME = 'k8s-pod-network';
const VXLAN_OVERHEAD = 50;
const IPIP_OVERHEAD = 20;

export const CALICO: readonly (readonly [CniBackend, NetworkProvider])[] = CALICO_BACKENDS.map((name) => [
  name,
  {
    addressing: name,
    open: openCalico,
    ...(name === 'calico-ebpf' && { problem: ebpfProblem }),
  },
]);

interface Configured {
  readonly config: CalicoConfig;
  readonly assigned: CalicoAddresses;
}

/** Who has which address follows from the objects and the backend alone once nothing is remembered. */
const configuredFor = keptWith((_: NetworkObjects) => new Map<string, Configured>());

function configured({ objects, cni, over, memory }: NetworkInput): Configured {
  const known = configuredFor(objects);
  const key = over === undefined ? cni : `${cni} over ${over}`;
  const kept = memory === undefined ? known.get(key) : undefined;
  if (kept) return kept;
  const config = calicoConfig(objects.network, cni, over);
  const made = { config, assigned: assignFromPools(objects.nodes, objects.pods, config, memory) };
  if (memory === undefined) known.set(key, made);
  return made;
}

function openCalico(input: NetworkInput): OpenNetwork {
  const { objects } = input;
  const { config, assigned } = configured(input);
  return {
    addresses: assigned.addresses,
    memory: assigned.memory,
    podRanges: [objects.network.podCidr, ...config.pools.map(({ cidr }) => cidr)],
    blocks: assigned.blocks,
    firstVethIndex: FIRST_VETH_INDEX + (config.ebpf ? NAT_VETH_ENDS : 0),
    hostVeth: caliVeth,
    start: (planned) => startCalico(planned, config, assigned),
  };
}

/** calico-node (Felix and BIRD) on every node, and the plugin chain calico (calico-ipam), portmap. */
function startCalico(planned: PlannedNodes, config: CalicoConfig, assigned: CalicoAddresses): ClusterNetwork {
  const { settings, nicMtu, nodes } = planned;
  const { pools } = config;
  const hasVxlan = pools.some(({ vxlan }) => vxlan !== 'Never');
  const hasIpip = pools.some(({ ipip }) => ipip !== 'Never');
  const { mtu: vxlanMtu = nicMtu - VXLAN_OVERHEAD, vni, port } = config.vxlan;
  const { ipipMtu = nicMtu - IPIP_OVERHEAD } = config;
  const computed = Math.min(nicMtu, ...(hasVxlan ? [vxlanMtu] : []), ...(hasIpip ? [ipipMtu] : []));
  const podMtu = settings.podMtu === 'auto' ? (config.mtu ?? computed) : settings.podMtu;
  const reachable = reachablePrefixes(nodes, pools, assigned);
  const vteps = {
    mtu: Math.min(vxlanMtu, nicMtu - VXLAN_OVERHEAD),
    vni,
    port,
    addresses: addressesByNode(nodes, assigned.tunnels.vxlan),
    byPrograms: config.ebpf !== undefined,
  };
  const tunnels = [...(hasVxlan ? ['vxlan.calico'] : []), ...(hasIpip ? [TUNL0] : [])];
  const ebpf = config.ebpf && felixEbpf(planned, { config, assigned, reachable, tunnels, podMtu, tunnelMtu: vxlanMtu });
  return {
    podMtu,
    warnings: [],
    blocksOf: ({ node }) => assigned.blocks.flatMap(({ cidr, host }) => (host === node.metadata.name ? [cidr] : [])),
    tunnelDevice: hasVxlan ? 'vxlan.calico' : hasIpip ? TUNL0 : undefined,
    ...(config.bird && { bgp: calicoBgp(config, reachable) }),
    devices: (node) => [
      vethsOnNode(node, podMtu),
      ...(hasIpip ? [tunl0(node, ipipMtu, assigned.tunnels.ipip.get(node.node.metadata.name))] : []),
      ...(hasVxlan ? [felixVxlan(node, vteps, reachable)] : []),
      ...(ebpf ? [ebpf.devices(node)] : []),
    ],
    rules: (node) => [
      portmapOnNode(
        { network: NETWORK_NAME, sourceOf: (pod) => hostPrefix(pod.address), deviceOf: (pod) => pod.hostVeth },
        node,
      ),
      ebpf ? felixBpfRules(node, pools, settings.randomFully) : felixRules(pools, settings.randomFully),
    ],
    ...(ebpf && { serviceProxy: ebpf.serviceProxy }),
    pod: (node, pod) => vethInPod(node, pod, podMtu),
  };
}

function addressesByNode(
  nodes: ReadonlyMap<string, NodePlan>,
  addresses: ReadonlyMap<string, IpAddress>,
): ReadonlyMap<NodePlan, IpAddress> {
  return new Map(
    [...nodes].flatMap(([name, node]) => {
      const address = addresses.get(name);
      return address === undefined ? [] : [[node, address] as const];
    }),
  );
}
