import { keptWith, once } from '../../base/kept.ts';
import type { ClusterSettings, CniBackend } from '../../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { DnsZone } from '../../datamodel/network/listener.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { ConntrackEntry } from '../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../wire/address.ts';
import type { ClusterPlan } from './clusterPlan.ts';
import { dnsServers, dnsServiceAddress } from './coredns/dnsService.ts';
import { dnsZone } from './coredns/zone.ts';
import { outsideHost } from './host/outsideHost.ts';
import { underlayProvider } from './host/underlay/providers.ts';
import { podKey } from './ipam/podAddresses.ts';
import { kubeletRules } from './kubelet/kubeletRules.ts';
import { type DnsServer, podListeners } from './kubelet/listeners.ts';
import { podResolver } from './kubelet/resolver.ts';
import { podPrograms } from './kubeproxy/ebpf/agent.ts';
import { kubeProxy, standInProxy } from './kubeproxy/kubeProxy.ts';
import { leftBehind, NO_HISTORY, type ProxyHistory, type WrittenProxy } from './kubeproxy/proxyHistory.ts';
import { serviceMap } from './kubeproxy/serviceMap.ts';
import { staleConnections } from './kubeproxy/staleConnections.ts';
import { joinNetns } from './netnsParts.ts';
import type { NetworkHistory } from './network/networkHistory.ts';
import type { NetworkProvider } from './network/provider.ts';
import { networkProvider } from './network/providers.ts';
import { bgpRoutesIn, nodeDevices } from './nodeDevices.ts';
import type { NodePlan, PodPlan } from './nodePlan.ts';
import { planCluster } from './plan.ts';
import type { WrittenOnNodes } from './writtenOnNodes.ts';

/**
 * A cluster as kernel configuration: every network namespace with what the agents wrote into it. Namespaces are made when
 * they are first asked for, and then kept; the kernel's own routes are not in them.
 */
export interface CompiledCluster {
  readonly plan: ClusterPlan;
  readonly cni: CniBackend;
  readonly podMtu: number;
  /** What agents found wrong or could not do. */
  readonly warnings: readonly string[];
  /** Nodes, Pods, outside hosts, and the underlay. */
  netnsIds(): readonly NetnsId[];
  /** @returns undefined when there is no such namespace. */
  netns(id: NetnsId): Netns | undefined;
  /** The IPv4 address of a Pod that has a sandbox; a hostNetwork Pod's is its node's. */
  podAddress(pod: { readonly namespace: string; readonly name: string }): IpAddress | undefined;
  /** kubelet's event about a Pod whose sandbox could not be made. */
  podFailure(pod: { readonly namespace: string; readonly name: string }): string | undefined;
  /** What kube-proxy writes on a node: in force, or as it was when the proxy was stopped there. */
  proxyOf(node: string): WrittenProxy;
  readonly proxyHistory: ProxyHistory;
  /** Absent: the cluster was built with its CNI. */
  readonly networkHistory: NetworkHistory | undefined;
  /** Whether a proxy that has just synced deletes a connection. */
  isStale(entry: ConntrackEntry): boolean;
  /** What the cluster's DNS answers, whether or not anybody serves it. */
  dnsZone(): DnsZone;
}

/** Who has which address follows from the objects and what hands the addresses out, whatever else is set. */
const zonesOf = keptWith((_: ClusterObjects) => new Map<NetworkProvider['addressing'], DnsZone>());

/**
 * Compiles a cluster's objects into kernel configuration, by doing on each node what its agents would do: the machine's
 * set-up, kubelet, kube-proxy, flanneld, the CNI plugins.
 *
 * @param unplaced the objects, whose nodes may get other addresses on the underlay: the plan has them as they are there.
 * @param outside addresses of hosts that are not in the cluster; those that are inside of it after all are passed by.
 * @param proxyHistory what kube-proxy wrote before it was stopped, or in other modes, and is still there.
 * @param networkHistory which CNIs were put one over the other; absent: the cluster was built with its CNI.
 * @param written what IPAM has written down that the objects do not say, and the network configuration lists that people wrote.
 */
export function compile(
  unplaced: ClusterObjects,
  settings: ClusterSettings,
  outside: readonly IpAddress[] = [],
  proxyHistory: ProxyHistory = NO_HISTORY,
  networkHistory?: NetworkHistory,
  written: WrittenOnNodes = {},
): CompiledCluster {
  const plan = planCluster(unplaced, settings, outside, networkHistory, written);
  const { objects } = plan;
  const zone = once((): DnsZone => {
    const zones = zonesOf(objects);
    const { addressing } = networkProvider(plan.cni);
    const known = zones.get(addressing) ?? dnsZone(objects, plan.addresses);
    zones.set(addressing, known);
    return known;
  });
  const proxy = once((): WrittenProxy => ({ mode: plan.kubeProxyMode, write: kubeProxy(plan) }));
  const { serviceProxy } = plan.network;
  const standIn = once(
    (): WrittenProxy | undefined => serviceProxy && { mode: 'ebpf', write: standInProxy(plan, serviceProxy) },
  );
  const proxyOf = (node: string): WrittenProxy => {
    const planned = plan.nodes.get(node);
    const own = planned && serviceProxy?.runsOn(planned) ? standIn() : undefined;
    return proxyHistory.stopped.get(node) ?? own ?? proxy();
  };
  const isStale = once(() => staleConnections(serviceMap(objects.services, objects.endpointSlices, 'IPv4')));
  const servers = once(() => dnsServers(objects));
  const dnsOf = (pod: PodPlan['pod']): DnsServer | undefined => {
    const port = servers().get(podKey(pod.metadata));
    return port === undefined ? undefined : { port, zone: zone() };
  };
  const between = underlayProvider(settings.underlay).namespaces(plan);
  const makers = new Map<NetnsId, () => Netns>(
    between.map(([id, make]) => [
      id,
      () => {
        const netns = make();
        return { ...netns, routes: [...netns.routes, ...bgpRoutesIn(plan, id)] };
      },
    ]),
  );
  for (const node of plan.nodes.values()) {
    const { name } = node.node.metadata;
    const left = proxyHistory.left.get(name) ?? [];
    makers.set(node.netns, () => nodeNetns(plan, node, { proxy: proxyOf(name), left }, dnsOf));
    for (const pod of node.pods) makers.set(pod.netns, () => podNetns(plan, node, pod, dnsOf(pod.pod)));
  }
  for (const address of [...plan.underlay.neighbors, ...plan.underlay.distant]) {
    makers.set(address, () => outsideHost(plan, address));
  }
  const made = new Map<NetnsId, Netns>();
  return {
    plan,
    cni: plan.cni,
    podMtu: plan.network.podMtu,
    warnings: plan.warnings,
    netnsIds: () => [...makers.keys()],
    netns: (id) => {
      const known = made.get(id) ?? makers.get(id)?.();
      if (known) made.set(id, known);
      return known;
    },
    podAddress: (pod) => {
      const address = plan.addresses.get(podKey(pod));
      return address?.ok ? address.address : undefined;
    },
    podFailure: (pod) => {
      const address = plan.addresses.get(podKey(pod));
      return address && !address.ok ? address.message : undefined;
    },
    proxyOf,
    proxyHistory,
    networkHistory,
    isStale: (entry) => isStale()(entry),
    dnsZone: zone,
  };
}

/**
 * In the order in which agents come to a node: each finds what the ones before have left. A proxy that finds another mode's
 * rules was started last of all.
 */
function nodeNetns(
  plan: ClusterPlan,
  node: NodePlan,
  proxies: { readonly proxy: WrittenProxy; readonly left: readonly WrittenProxy[] },
  dnsOf: (pod: PodPlan['pod']) => DnsServer | undefined,
): Netns {
  const devices = nodeDevices(plan, node);
  const addresses = devices.flatMap((part) => (part.addresses ?? []).map(({ address }) => address));
  const { proxy, left } = proxies;
  const isFirst = left.length === 0;
  const written = proxy.write(node, addresses);
  return joinNetns(node.netns, [
    ...devices,
    kubeletRules(),
    ...(isFirst ? [written] : left.map((each) => leftBehind(each)(node, addresses))),
    ...plan.network.rules(node),
    ...(isFirst ? [] : [written]),
    { listeners: node.hostPods.flatMap((pod) => podListeners(pod, dnsOf(pod))) },
  ]);
}

function podNetns(plan: ClusterPlan, node: NodePlan, pod: PodPlan, dns: DnsServer | undefined): Netns {
  const resolver = podResolver(pod.pod, dnsServiceAddress(plan.objects), plan.objects.network.dnsDomain);
  return joinNetns(pod.netns, [
    plan.network.pod(node, pod),
    podPrograms(plan, node),
    { listeners: podListeners(pod.pod, dns), ...(resolver ? { resolver } : {}) },
  ]);
}
