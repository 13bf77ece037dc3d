import type { CgroupProgram, DeviceProgram, LbMaps } from '../../../../../datamodel/network/ebpf.ts';
import type { EndpointMaps, EndpointRole } from '../../../../../datamodel/network/ebpfEndpoint.ts';
import type { NodePlan } from '../../../nodePlan.ts';
import { NAT_OUT } from './devices.ts';

const OWNER = 'felix';
/** Of another project's programs, which there are none of here. */
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

/** What Felix calls the ends that packets come from and go to (felix/bpf/tc/defs, SectionName). */
const WORDS: Readonly<Record<Exclude<EndpointRole, 'tunnel'>, string>> = {
  workload: 'workload',
  host: 'host',
  natVeth: 'nat',
  loopback: 'lo',
};

/** The programs at a node's devices: Pods' cables, the card, tunnels, the pair for the host's own services, and lo. */
export function endpointPrograms(
  node: NodePlan,
  paths: EndpointMaps,
  tunnels: readonly string[],
): readonly DeviceProgram[] {
  const at = (device: string, role: EndpointRole): readonly DeviceProgram[] =>
    (['tc ingress', 'tc egress'] as const).map((hook) => ({
      type: 'endpoint',
      hook,
      device,
      name: `calico_${hook === 'tc ingress' ? 'from' : 'to'}_${wordOf(device, role)}_ep`,
      owner: OWNER,
      maps: NO_SERVICES,
      role,
      paths,
    }));
  return [
    ...at('eth0', 'host'),
    ...tunnels.flatMap((device) => at(device, 'tunnel')),
    ...at(NAT_OUT, 'natVeth'),
    ...at('lo', 'loopback'),
    ...node.pods.flatMap(({ hostVeth }) => at(hostVeth, 'workload')),
  ];
}

/** `bpfConnectTimeLoadBalancing: TCP`, the default: UDP is left to the programs at the cables. */
export function connectTimePrograms(paths: EndpointMaps): readonly CgroupProgram[] {
  return [
    {
      type: 'connectTime',
      hook: 'cgroup/connect4',
      name: 'calico_connect_v4',
      owner: OWNER,
      protocols: ['tcp'],
      paths,
    },
  ];
}

function wordOf(device: string, role: EndpointRole): string {
  return role === 'tunnel' ? (device.startsWith('vxlan') ? 'vxlan' : 'ipip') : WORDS[role];
}
