import type { EbpfSettings } from '../../../../datamodel/cluster/command.ts';
import type {
  CgroupHook,
  CgroupProgram,
  DeviceHook,
  DeviceProgram,
  LbMaps,
  NodePortConfig,
} from '../../../../datamodel/network/ebpf.ts';
import type { TransportName } from '../../../../datamodel/network/netfilter.ts';
import { familyOf, type IpAddress, ipAddress } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import { nodeAddresses } from '../../nodeDevices.ts';
import type { NodePlan } from '../../nodePlan.ts';
import type { Proxier } from '../proxier.ts';
import { serviceMap } from '../serviceMap.ts';
import { hostPortServices } from './hostPorts.ts';
import { type LbNode, lbMapsCompiler } from './lbMaps.ts';

const OWNER = 'cilium-agent';
/** Source of a Pod that reaches itself through a Service (`service-loopback-ipv4`). */
const LOOPBACK = ipAddress('169.254.42.1');
const HIGHEST_PORT = 65535;

const CGROUP: readonly (readonly [CgroupHook, string])[] = [
  ['cgroup/connect4', 'cil_sock4_connect'],
  ['cgroup/sendmsg4', 'cil_sock4_sendmsg'],
  ['cgroup/recvmsg4', 'cil_sock4_recvmsg'],
  ['cgroup/getpeername4', 'cil_sock4_getpeername'],
];

/** What the agent attaches on a node and in the namespaces of its Pods. */
interface Agent {
  node(node: NodePlan): NetnsParts;
  pod(node: NodePlan): NetnsParts;
}

const agents = new WeakMap<ClusterPlan, Agent>();

/**
 * Cilium in kube-proxy's stead, routing left to the CNI: socket programs for everything on a node (the root cgroup's), tc
 * programs at its network card; with DSR also where a tunnel delivers what other nodes send on.
 */
export function agentProxier(plan: ClusterPlan): Proxier {
  return (node) => agentOf(plan).node(node);
}

/** What a Pod's processes have of it: the node's programs, attached to the cgroup above theirs. */
export function agentPodPrograms(plan: ClusterPlan, node: NodePlan): NetnsParts {
  return agentOf(plan).pod(node);
}

function agentOf(plan: ClusterPlan): Agent {
  const agent = agents.get(plan) ?? startAgent(plan);
  agents.set(plan, agent);
  return agent;
}

function startAgent(plan: ClusterPlan): Agent {
  const { objects, settings } = plan;
  const options = settings.ebpf ?? {};
  const [lowest, highest] = objects.network.nodePortRange;
  const usesDsr = (protocol: TransportName): boolean => dsrProtocols(options).some((each) => each === protocol);
  const services = serviceMap(objects.services, objects.endpointSlices, 'IPv4');
  const hostPorts = plan.network.hostPorts === 'services' ? hostPortServices(plan.nodes.values()) : [];
  const compile = lbMapsCompiler([...services, ...hostPorts], {
    nodePorts: { from: lowest, to: highest },
    usesDsr,
    maglev: options.algorithm === 'maglev',
  });
  const made = new Map<NodePlan, LbMaps>();
  const mapsOf = (node: NodePlan): LbMaps => {
    const maps = made.get(node) ?? compile(lbNode(plan, node));
    made.set(node, maps);
    return maps;
  };
  return {
    node: (node) => {
      const maps = mapsOf(node);
      const masquerade = plan.network.masquerade?.(node);
      const nodePort: NodePortConfig = {
        ...(masquerade && { masquerade }),
        address: node.address,
        ports: { from: highest + 1, to: HIGHEST_PORT },
        dsr: dsrProtocols(options),
        algorithm: options.algorithm ?? 'random',
      };
      return {
        cgroupPrograms: socketPrograms(maps, true),
        devicePrograms: [
          ...nodePortDevices(plan).flatMap((device) =>
            hooksOf(device, 'netdev').map((base): DeviceProgram => ({ ...base, maps, type: 'nodePort', nodePort })),
          ),
          ...(options.socketLbHostOnly ? node.pods : []).flatMap(({ hostVeth }) =>
            hooksOf(hostVeth, 'container').map(
              (base): DeviceProgram => ({ ...base, maps, type: 'perPacket', loopback: LOOPBACK }),
            ),
          ),
        ],
      };
    },
    pod: (node) => (options.socketLbHostOnly ? {} : { cgroupPrograms: socketPrograms(mapsOf(node), false) }),
  };
}

function socketPrograms(maps: LbMaps, hostNamespace: boolean): readonly CgroupProgram[] {
  return CGROUP.map(([hook, name]) => ({ type: 'socketLb', hook, name, owner: OWNER, hostNamespace, maps }));
}

function hooksOf(
  device: string,
  what: 'netdev' | 'container',
): readonly Pick<DeviceProgram, 'hook' | 'device' | 'name' | 'owner'>[] {
  const hooks: readonly (readonly [DeviceHook, string])[] = [
    ['tc ingress', `cil_from_${what}`],
    ['tc egress', `cil_to_${what}`],
  ];
  return hooks.map(([hook, name]) => ({ hook, name, device, owner: OWNER }));
}

/** `devices`: the card, and with DSR the tunnel out of which requests come that still have their client's address. */
function nodePortDevices({ network, settings }: ClusterPlan): readonly string[] {
  const tunnel = dsrProtocols(settings.ebpf ?? {}).length > 0 ? network.tunnelDevice : undefined;
  return tunnel === undefined ? ['eth0'] : ['eth0', tunnel];
}

function dsrProtocols({ dsr = 'snat' }: EbpfSettings): NodePortConfig['dsr'] {
  return dsr === 'snat' ? [] : dsr === 'hybrid' ? ['tcp'] : ['tcp', 'udp'];
}

/** Whose addresses are whose, as the node's ipcache and endpoint map have them. */
function lbNode(plan: ClusterPlan, node: NodePlan): LbNode {
  const own = nodeAddresses(plan, node).filter((address) => familyOf(address) === 'IPv4');
  const identities = new Map<IpAddress, 'host' | 'remote-node'>();
  for (const other of plan.nodes.values()) if (other !== node) identities.set(other.address, 'remote-node');
  for (const address of own) if (!address.startsWith('127.')) identities.set(address, 'host');
  return {
    name: node.node.metadata.name,
    nodePortAddresses: [node.address],
    endpoints: new Set([...own, ...node.pods.map(({ address }) => address)]),
    identities,
  };
}
