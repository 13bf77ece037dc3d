import type {
  DatapathMaps,
  DatapathRole,
  DeviceHook,
  DeviceProgram,
  IpcacheEntry,
  LbMaps,
  LocalEndpoint,
} from '../../../../datamodel/network/ebpf.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { HOST, type OtherNode } from './hostDevices.ts';
import { podMac } from './podInterface.ts';

const OWNER = 'cilium-agent';
/** The maps of an agent that leaves Services to kube-proxy. */
const NO_SERVICES: LbMaps = {
  services: new Map(),
  backends: new Map(),
  reverseNat: new Map(),
  sourceRanges: new Map(),
  maglev: new Map(),
  endpoints: new Set(),
  identities: new Map(),
  nodePorts: { from: 1, to: 0 },
};

export interface ProgramsConfig {
  readonly ipcache: ReadonlyMap<IpAddress, IpcacheEntry>;
  readonly others: readonly OtherNode[];
  /** All nodes' own addresses. */
  readonly nodes: readonly IpAddress[];
  readonly tunnelDevice: string | undefined;
  readonly endpointRoutes: boolean;
  readonly nodePorts: boolean;
  readonly hostRouting: boolean;
  /** The address that cilium_host has. */
  readonly router: IpAddress;
  readonly seed: number;
}

/** What the agent attaches on a node: at every Pod's veth, at cilium_host, at the tunnel device, and at the card where that does anything. */
export function datapathPrograms(node: NodePlan, config: ProgramsConfig): NetnsParts {
  const { ipcache, others, tunnelDevice, endpointRoutes, nodePorts, hostRouting, router, nodes } = config;
  const paths: DatapathMaps = {
    endpoints: endpointsOf(node, config),
    ipcache,
    tunnels: others.map(({ node: other, cidr: prefix }) => ({ prefix, remote: other.address })),
    ...(tunnelDevice !== undefined && { tunnelDevice }),
    endpointRoutes,
    nodePorts,
    hostRouting,
    nodes,
    host: { device: HOST, addresses: new Set([node.address, router]) },
  };
  const program = (hook: DeviceHook, device: string, name: string, role: DatapathRole): DeviceProgram => ({
    type: 'datapath',
    hook,
    device,
    name,
    owner: OWNER,
    maps: NO_SERVICES,
    role,
    paths,
  });
  return {
    devicePrograms: [
      ...node.pods.map(({ hostVeth }) => program('tc ingress', hostVeth, 'cil_from_container', 'container')),
      program('tc egress', HOST, 'cil_from_host', 'host'),
      ...(hostRouting ? [program('tc ingress', 'eth0', 'cil_from_netdev', 'netdev')] : []),
      ...(tunnelDevice === undefined ? [] : [program('tc ingress', tunnelDevice, 'cil_from_overlay', 'overlay')]),
    ],
  };
}

function endpointsOf(node: NodePlan, { ipcache, seed }: ProgramsConfig): ReadonlyMap<IpAddress, LocalEndpoint> {
  return new Map(
    node.pods.map((pod) => [
      pod.address,
      {
        device: pod.hostVeth,
        mac: podMac(pod, seed),
        nodeMac: pod.hostVethMac,
        identity: ipcache.get(pod.address)?.identity ?? 0,
      },
    ]),
  );
}
