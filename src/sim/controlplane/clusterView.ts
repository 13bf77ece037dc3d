import { keptWith } from '../../base/kept.ts';
import type { ClusterSettings } from '../../datamodel/cluster/command.ts';
import type { IgnoredObject } from '../../datamodel/cluster/problem.ts';
import type {
  ClusterView,
  DeviceView,
  EditView,
  LayersView,
  NodeView,
  OutsideView,
  PodView,
  ServiceView,
  UnderlayView,
} from '../../datamodel/cluster/view.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { Pod } from '../../datamodel/kubernetes/pod.ts';
import type { Service } from '../../datamodel/kubernetes/service.ts';
import type { DnsZone } from '../../datamodel/network/listener.ts';
import type { TableName } from '../../datamodel/network/netfilter.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { familyOf, formatPrefix, type IpAddress } from '../../wire/address.ts';
import type { ClusterPlan } from './clusterPlan.ts';
import type { CompiledCluster } from './compile.ts';
import { serviceNames } from './coredns/zone.ts';
import { DEFAULT_PASSES } from './host/underlay/defaultPasses.ts';
import { nodePodCidr, podKey } from './ipam/podAddresses.ts';
import type { ProxyHistory } from './kubeproxy/proxyHistory.ts';
import { generationOf, generationOn, type NetworkHistory } from './network/networkHistory.ts';
import { nftCounts } from './nftCounts.ts';
import type { NodePlan } from './nodePlan.ts';
import { nodeNetns, podNetns } from './plan.ts';
import { type ServiceEndpointView, serviceEndpoints } from './serviceEndpoints.ts';

/** These follow from the objects alone and are kept with them: a cluster may have very many Services. */
const servicesOf = keptWith((objects: ClusterObjects): readonly ServiceView[] => {
  const endpoints = serviceEndpoints(objects.endpointSlices);
  return objects.services.map((service) => serviceView(service, endpoints.get(podKey(service.metadata)) ?? []));
});
const namesOf = keptWith((objects: ClusterObjects) =>
  keptWith((zone: DnsZone): readonly string[] => [...new Set(serviceNames(objects, zone))]),
);

const CABLE_LENGTH = 31;

/** What the cluster looks like from outside: everything the stage draws, without the tables. */
export function clusterView(
  objects: ClusterObjects,
  compiled: CompiledCluster,
  settings: ClusterSettings,
  rest: {
    readonly revision: number;
    readonly ignored: readonly IgnoredObject[];
    /** Namespaces as they are now, when people have changed some. */
    readonly netns?: (id: NetnsId) => Netns | undefined;
    readonly edits?: readonly EditView[];
  },
): ClusterView {
  const { plan } = compiled;
  const netns = rest.netns ?? compiled.netns;
  const { neighbors, distant } = plan.underlay;
  return {
    revision: rest.revision,
    settings,
    cni: compiled.cni,
    proxyMode: compiled.plan.proxyMode,
    ...(plan.network.bgp && { bgp: true }),
    podMtu: compiled.podMtu,
    ...(compiled.networkHistory && { layers: layersView(compiled.networkHistory, plan) }),
    nodes: [...plan.nodes.values()].map((node) => nodeView(node, plan, netns(node.netns), compiled.proxyHistory)),
    pods: objects.pods.map((pod) => podView(pod, compiled, netns)),
    workloads: objects.workloads,
    services: servicesOf(objects),
    outside: [...neighbors, ...distant].map((address) => outsideView(address, netns(address), plan)),
    underlay: underlayView(plan, netns),
    ignored: rest.ignored,
    warnings: [...objects.warnings, ...compiled.warnings],
    names: namesOf(objects)(compiled.dnsZone()),
    ...(rest.edits && rest.edits.length > 0 ? { edits: rest.edits } : {}),
  };
}

function layersView(history: NetworkHistory, { nodes }: ClusterPlan): LayersView {
  const newest = history.generations.length - 1;
  return {
    former: history.generations.slice(0, -1).map(({ cni }) => cni),
    behind: [...nodes.keys()].filter((name) => generationOn(history, name) < newest),
    old: [...nodes.values()].flatMap(({ pods }) =>
      pods.flatMap(({ pod, netns }) => (generationOf(history, pod) < newest ? [netns] : [])),
    ),
  };
}

function nodeView(node: NodePlan, plan: ClusterPlan, netns: Netns | undefined, history: ProxyHistory): NodeView {
  const { name } = node.node.metadata;
  const left = history.left.get(name) ?? [];
  const cidr = nodePodCidr(node.node);
  const blocks = plan.network.blocksOf?.(node);
  const counts = netns?.nftables && nftCounts(netns.nftables);
  return {
    name,
    netns: node.netns,
    address: node.address,
    podCidr: plan.network.withoutPodCidr ? undefined : cidr && formatPrefix(cidr),
    ...(blocks && { podBlocks: blocks.map(formatPrefix) }),
    ready: node.node.ready,
    controlPlane: node.node.controlPlane,
    router: node.plugged.netns,
    proxyRunning: !history.stopped.has(name),
    ...(left.length > 0 && { leftovers: left.map(({ mode }) => mode) }),
    devices: devices(netns),
    rules: {
      raw: rules(netns, 'raw'),
      mangle: rules(netns, 'mangle'),
      nat: rules(netns, 'nat'),
      filter: rules(netns, 'filter'),
    },
    ...(netns?.nftables && {
      nftables: netns.nftables.map(({ family, name }) => `${family} ${name}` as const),
    }),
    ...(counts && { nftCounts: counts }),
    ...(netns?.virtualServers && { virtualServers: netns.virtualServers.length }),
    bridgeNetfilter: netns?.sysctls['net.bridge.bridge-nf-call-iptables'] === '1',
    ...programmed(netns),
  };
}

function programmed(
  netns: Netns | undefined,
): Pick<NodeView, 'programmed' | 'socketPrograms' | 'forwardsByPrograms' | 'endpointPrograms'> {
  const { devices = [], cgroup = [] } = netns?.ebpf ?? {};
  if (devices.length === 0) return {};
  return {
    programmed: [...new Set(devices.map(({ device }) => device))],
    ...(cgroup.length > 0 && { socketPrograms: true }),
    ...(devices.some(({ type }) => type === 'datapath') && { forwardsByPrograms: true }),
    ...(devices.some(({ type }) => type === 'endpoint') && { endpointPrograms: true }),
  };
}

function podView(pod: Pod, compiled: CompiledCluster, netnsOf: (id: NetnsId) => Netns | undefined): PodView {
  const { namespace, name, labels } = pod.metadata;
  const planned = compiled.plan.pods.get(podKey(pod.metadata));
  const netns = pod.hostNetwork && pod.nodeName !== undefined ? nodeNetns(pod.nodeName) : podNetns(pod.metadata);
  const failure = compiled.podFailure(pod.metadata);
  const message = failure ?? pod.message;
  return {
    namespace,
    name,
    netns,
    node: pod.nodeName,
    address: compiled.podAddress(pod.metadata),
    hostNetwork: pod.hostNetwork,
    phase: failure !== undefined || pod.phase === 'Unknown' ? 'Pending' : pod.phase,
    ready: pod.ready && failure === undefined,
    terminating: pod.terminating,
    ...(message === undefined ? {} : { message }),
    ...(pod.owner === undefined ? {} : { owner: pod.owner }),
    labels: plainRecord(labels),
    ports: pod.ports.map((port) => ({
      ...(port.name === '' ? {} : { name: port.name }),
      protocol: port.protocol,
      port: port.containerPort,
      ...(port.hostPort === undefined ? {} : { hostPort: port.hostPort }),
    })),
    devices: planned ? devices(netnsOf(netns)) : [],
    ...(planned ? { hostDevice: planned.hostVeth } : {}),
    ...(planned && (netnsOf(netns)?.ebpf?.cgroup.length ?? 0) > 0 ? { socketPrograms: true } : {}),
  };
}

function serviceView(service: Service, endpoints: readonly ServiceEndpointView[]): ServiceView {
  const clusterIp = service.clusterIps.find((address) => familyOf(address) === 'IPv4') ?? service.clusterIps[0];
  return {
    namespace: service.metadata.namespace,
    name: service.metadata.name,
    type: service.type,
    ...(service.externalTrafficPolicy === 'Local' && { externalTrafficPolicy: 'Local' }),
    ...(clusterIp === undefined ? {} : { clusterIp }),
    ports: service.ports.map((port) => ({
      ...(port.name === '' ? {} : { name: port.name }),
      protocol: port.protocol,
      port: port.port,
      targetPort: String(port.targetPort),
      ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
    })),
    endpoints,
  };
}

function outsideView(address: IpAddress, netns: Netns | undefined, plan: ClusterPlan): OutsideView {
  const services = plan.loadBalancers.get(address)?.services;
  const kind = services === undefined ? 'host' : 'load-balancer';
  return { kind, netns: address, address, devices: devices(netns), ...(services && { services }) };
}

function underlayView(plan: ClusterPlan, netnsOf: (id: NetnsId) => Netns | undefined): UnderlayView {
  const { name, prefix, gateway, topology, subnets } = plan.underlay;
  const routers = new Set(topology.routers.map(({ netns }) => netns));
  return {
    name,
    prefix: formatPrefix(prefix),
    gateway,
    mtu: plan.nicMtu,
    subnets: [...new Set(subnets.filter(({ length }) => length < CABLE_LENGTH).map(formatPrefix))],
    ...(name === 'filtered' && { passes: plan.settings.underlayOptions?.passes ?? DEFAULT_PASSES }),
    routers: topology.routers.map(({ netns, name: router, role, as }) => ({
      netns,
      name: router,
      role,
      ...(as !== undefined && { as }),
      devices: devices(netnsOf(netns)),
    })),
    cables: topology.links.flatMap(({ ends: [a, b] }) =>
      a && b && routers.has(a.netns) && routers.has(b.netns) ? [[a.netns, b.netns] as const] : [],
    ),
  };
}

function devices(netns: Netns | undefined): readonly DeviceView[] {
  return (netns?.links ?? []).map((link) => ({
    name: link.name,
    kind: link.kind,
    mac: link.mac,
    mtu: link.mtu,
    // A dummy's are the Services': thousands, which nobody looks for at a device.
    addresses: (link.kind === 'dummy' ? [] : (netns?.addresses ?? []))
      .filter((address) => address.link === link.name)
      .map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    ...(link.port ? { bridge: link.port.bridge } : {}),
    ...('peer' in link ? { peer: link.peer } : {}),
    ...(link.kind === 'vxlan' ? { vni: link.vni, lower: link.lower } : {}),
  }));
}

function rules(netns: Netns | undefined, table: TableName): number {
  const found = netns?.netfilter.find(({ family, name }) => family === 'ipv4' && name === table);
  return found?.ruleCount ?? (found?.chains ?? []).reduce((sum, chain) => sum + chain.rules.length, 0);
}

/** Keys come from strangers: no prototype for them to meddle with. */
function plainRecord(labels: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null);
  for (const [key, value] of labels) record[key] = value;
  return record;
}
