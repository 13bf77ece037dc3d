import { keptWith, once } from '../../../../../base/kept.ts';
import type { ClusterSettings } from '../../../../../datamodel/cluster/command.ts';
import type { CalicoConfig } from '../../../../../datamodel/kubernetes/networkConfig.ts';
import type { EndpointMaps } from '../../../../../datamodel/network/ebpfEndpoint.ts';
import type { IpAddress } from '../../../../../wire/address.ts';
import type { CalicoAddresses } from '../../../ipam/calico/assignPods.ts';
import { serviceMap } from '../../../kubeproxy/serviceMap.ts';
import type { NetnsParts } from '../../../netnsParts.ts';
import type { NodePlan, PlannedNodes } from '../../../nodePlan.ts';
import type { ServiceProxy } from '../../provider.ts';
import type { Reachable } from '../blocks.ts';
import { NAT_IN, natVeth } from './devices.ts';
import { endpointRoutes } from './endpointRoutes.ts';
import { natMapsCompiler } from './natMaps.ts';
import { connectTimePrograms, endpointPrograms } from './programs.ts';

/** Of what nodes send each other for services; the Pods' own network has that of its FelixConfiguration. */
const SERVICE_VNI = 0xca11c0;
/** bpfPSNATPorts */
const SOURCE_PORTS = { from: 20000, to: 29999 };

export interface FelixEbpfConfig {
  readonly config: CalicoConfig;
  readonly assigned: CalicoAddresses;
  readonly reachable: readonly Reachable[];
  readonly tunnels: readonly string[];
  readonly podMtu: number;
  readonly tunnelMtu: number;
}

/** Felix with `bpfEnabled: true`: what it attaches and writes on each node, in kube-proxy's stead as well. */
export function felixEbpf(
  planned: PlannedNodes,
  { config, assigned, reachable, tunnels, podMtu, tunnelMtu }: FelixEbpfConfig,
): { devices(node: NodePlan): NetnsParts; readonly serviceProxy: ServiceProxy } {
  const { objects, settings, nodes } = planned;
  const { services, endpointSlices } = objects;
  const { dsr = false, connectTime = true } = config.ebpf ?? {};
  const compile = once(() => natMapsCompiler(serviceMap(services, endpointSlices, 'IPv4')));
  const tunnelAddresses = new Map([...nodes].map(([name, node]) => [node, tunnelAddressesOf(name, assigned)]));
  const sources = { nodes: [...nodes.values()], pools: config.pools, reachable, tunnelAddresses };
  const mapsOf = keptWith((node: NodePlan): EndpointMaps => {
    const { name } = node.node.metadata;
    const own = nodes.get(name) ?? node;
    return {
      routes: endpointRoutes(own, node.pods, sources),
      nat: compile()(name, [node.address, ...tunnelAddressesOf(name, assigned)]),
      hostAddress: node.address,
      vxlan: { port: config.vxlan.port, serviceVni: SERVICE_VNI, overlayVni: config.vxlan.vni },
      tunnelMtu,
      dsr: settings.ebpf?.dsr === undefined ? dsr : settings.ebpf.dsr === 'dsr',
      sourcePorts: SOURCE_PORTS,
      natVeth: NAT_IN,
    };
  });
  const cgroupPrograms = (node: NodePlan) => (connectTime ? connectTimePrograms(mapsOf(node)) : []);
  return {
    devices: (node) =>
      natVeth(node, {
        mtu: podMtu,
        seed: settings.seed,
        services,
        udpOnly: connectTime,
        dataDevices: ['eth0', ...tunnels],
      }),
    serviceProxy: {
      owner: 'felix',
      runsOn: () => true,
      node: (node) => ({
        cgroupPrograms: cgroupPrograms(node),
        devicePrograms: endpointPrograms(node, mapsOf(node), tunnels),
      }),
      pod: (node) => ({ cgroupPrograms: cgroupPrograms(node) }),
    },
  };
}

function tunnelAddressesOf(name: string, { tunnels }: CalicoAddresses): readonly IpAddress[] {
  return [tunnels.vxlan.get(name), tunnels.ipip.get(name)].filter((address) => address !== undefined);
}

/** What contradicts it: a kube-proxy beside it would be of no use, and is cleaned up after; some things only Cilium has. */
export function ebpfProblem({ proxyMode, ebpf }: Partial<ClusterSettings>): string | undefined {
  if (proxyMode !== undefined && proxyMode !== 'ebpf') {
    return (
      `Calico's eBPF data plane stands in kube-proxy's stead: ${proxyMode} mode cannot run beside it ` +
      "(Felix removes kube-proxy's rules, bpfKubeProxyIptablesCleanupEnabled)"
    );
  }
  if (ebpf?.dsr === 'hybrid')
    return "Calico's eBPF data plane has no hybrid mode: bpfExternalServiceMode is Tunnel or DSR";
  if (ebpf?.algorithm === 'maglev')
    return "Calico's eBPF data plane has Maglev for Services that ask for it by annotation, which is not simulated";
  if (ebpf?.socketLbHostOnly) return "Calico's eBPF data plane has no socketLB.hostNamespaceOnly";
  return undefined;
}
