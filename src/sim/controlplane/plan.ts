import type { ClusterSettings } from '../../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { Pod } from '../../datamodel/kubernetes/pod.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { IpAddress } from '../../wire/address.ts';
import type { ClusterPlan } from './clusterPlan.ts';
import { directBalancers, planLoadBalancers } from './host/loadBalancerPlan.ts';
import { placed, underlayProvider } from './host/underlay/providers.ts';
import { nodeAddress, type PodKey, podKey } from './ipam/podAddresses.ts';
import type { NetworkHistory } from './network/networkHistory.ts';
import type { OpenNetwork } from './network/provider.ts';
import { openNetwork } from './network/providers.ts';
import type { NodePlan, PodPlan } from './nodePlan.ts';
import type { WrittenOnNodes } from './writtenOnNodes.ts';

export function podNetns(pod: { readonly namespace: string; readonly name: string }): NetnsId {
  return `pod/${pod.namespace}/${pod.name}`;
}

export function nodeNetns(name: string): NetnsId {
  return `node/${name}`;
}

/** @param unplaced the objects, whose nodes may get other addresses on the underlay. @param outside hosts that are not in the cluster. */
export function planCluster(
  unplaced: ClusterObjects,
  settings: ClusterSettings,
  outside: readonly IpAddress[],
  history?: NetworkHistory,
  { memory, lists }: WrittenOnNodes = {},
): ClusterPlan {
  const warnings: string[] = [];
  const provider = underlayProvider(settings.underlay);
  const { objects, groups } = placed(unplaced, settings.underlay);
  const { cni: wanted, seed } = settings;
  const opened = openNetwork({ objects, cni: wanted, seed, history, lists, ...(memory && { memory }) });
  const { cni, addresses, podRanges } = opened;
  const machines = objects.nodes.flatMap((node) => {
    const address = nodeAddress(node);
    if (address !== undefined) return [{ node, address, netns: nodeNetns(node.metadata.name) }];
    warnings.push(`Node ${node.metadata.name} has no IPv4 address: it takes no part in the network.`);
    return [];
  });
  const loadBalancers = planLoadBalancers(objects);
  const underlay = provider.plan({
    machines,
    groups,
    subnet: opened.nodeSubnet,
    own: [...podRanges, objects.network.serviceCidr],
    outside,
    direct: directBalancers(loadBalancers),
  });
  const nodes = new Map<string, NodePlan>();
  const pods = new Map<PodKey, PodPlan>();
  const podsOfNodes = groupByNode(objects.pods);
  for (const { node, address, netns } of machines) {
    const machine = underlay.machines.get(node.metadata.name);
    if (!machine) continue;
    const { name } = node.metadata;
    const own = podsOfNodes.get(name) ?? [];
    const planned = planPods(
      own.filter((pod) => !pod.hostNetwork),
      opened,
    );
    for (const plan of planned) pods.set(podKey(plan.pod.metadata), plan);
    nodes.set(name, {
      node,
      netns,
      address,
      subnet: machine.address,
      gateway: machine.gateway,
      plugged: { netns: machine.router, link: machine.port },
      pods: planned,
      hostPods: own.filter((pod) => pod.hostNetwork && addresses.get(podKey(pod.metadata))?.ok),
    });
  }
  for (const [key, address] of addresses) if (!address.ok) warnings.push(`Pod ${key}: ${address.message}`);
  const planned = { objects, settings, nicMtu: settings.underlayOptions?.mtu ?? provider.nicMtu, nodes };
  const network = opened.start(planned);
  return {
    ...planned,
    cni,
    network,
    proxyMode: network.serviceProxy ? 'ebpf' : (settings.proxyMode ?? objects.network.kubeProxy.mode),
    kubeProxyMode: settings.proxyMode ?? objects.network.kubeProxy.mode,
    loadBalancers,
    underlay,
    pods,
    addresses,
    podRanges,
    ipam: opened,
    ...(lists && { lists }),
    warnings: [...warnings, ...network.warnings],
  };
}

function planPods(pods: readonly Pod[], { addresses, hostVeth, firstVethIndex }: OpenNetwork): readonly PodPlan[] {
  const names = new Set<string>();
  const plans: PodPlan[] = [];
  for (const pod of pods) {
    const assigned = addresses.get(podKey(pod.metadata));
    if (!assigned?.ok) continue;
    let end = hostVeth(pod, 0);
    for (let attempt = 1; names.has(end.name); attempt++) end = hostVeth(pod, attempt);
    names.add(end.name);
    plans.push({
      pod,
      netns: podNetns(pod.metadata),
      address: assigned.address,
      hostVeth: end.name,
      hostVethIndex: firstVethIndex + plans.length,
      hostVethMac: end.mac,
    });
  }
  return plans;
}

function groupByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (pod.nodeName === undefined) continue;
    const group = groups.get(pod.nodeName);
    if (group) group.push(pod);
    else groups.set(pod.nodeName, [pod]);
  }
  return groups;
}
