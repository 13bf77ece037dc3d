import type { ClusterSettings, CniBackend, ProxyMode } from '../../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { FlannelBackend, FlannelConfig } from '../../datamodel/kubernetes/networkConfig.ts';
import type { Node } from '../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../datamodel/kubernetes/pod.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { IpAddress, MacAddress } from '../../wire/address.ts';
import { hostVethName } from './cni/sandbox.ts';
import { directBalancers, type LoadBalancerPlan, planLoadBalancers } from './host/loadBalancerPlan.ts';
import { planUnderlay, type UnderlayPlan } from './host/underlayPlan.ts';
import {
  assignPodAddresses,
  nodeAddress,
  nodePodCidr,
  type PodAddress,
  type PodKey,
  podKey,
} from './ipam/podAddresses.ts';
import { randomMac } from './randomMac.ts';
import { type FlannelLease, flannelLease } from './routing/flannelLease.ts';

/** What all agents agree on before any of them writes: who has which address, name and MAC. */
export interface ClusterPlan {
  readonly objects: ClusterObjects;
  readonly settings: ClusterSettings;
  readonly backend: FlannelBackend;
  readonly cni: CniBackend;
  readonly proxyMode: ProxyMode;
  /** MTU of a node's NIC and of everything that carries Pods. */
  readonly nicMtu: number;
  readonly tunnelMtu: number;
  readonly podMtu: number;
  readonly underlay: UnderlayPlan;
  /** Hosts outside that balance traffic to the nodes, by their address. */
  readonly loadBalancers: ReadonlyMap<IpAddress, LoadBalancerPlan>;
  readonly nodes: ReadonlyMap<string, NodePlan>;
  readonly pods: ReadonlyMap<PodKey, PodPlan>;
  /** Sandboxes of all Pods, failed ones included. */
  readonly addresses: ReadonlyMap<PodKey, PodAddress>;
  readonly warnings: readonly string[];
}

export interface NodePlan {
  readonly node: Node;
  readonly netns: NetnsId;
  readonly address: IpAddress;
  /** undefined: flanneld has no subnet to lease, so it never gets going. */
  readonly lease: FlannelLease | undefined;
  /** Its Pods with a network namespace of their own, in creation order. */
  readonly pods: readonly PodPlan[];
  /** Its Pods in the node's namespace. */
  readonly hostPods: readonly Pod[];
}

/** A Pod with a network namespace of its own. */
export interface PodPlan {
  readonly pod: Pod;
  readonly netns: NetnsId;
  readonly address: IpAddress;
  /** The veth's end on the node. */
  readonly hostVeth: string;
  readonly hostVethIndex: number;
  readonly hostVethMac: MacAddress;
}

const NIC_MTU = 1500;
const VXLAN_OVERHEAD = 50;
/** lo, eth0 and the bridge come before the Pods' veths. */
const FIRST_VETH_INDEX = 4;

export function podNetns(pod: { readonly namespace: string; readonly name: string }): NetnsId {
  return `pod/${pod.namespace}/${pod.name}`;
}

export function nodeNetns(name: string): NetnsId {
  return `node/${name}`;
}

/** @param outside hosts that are not in the cluster. */
export function planCluster(
  objects: ClusterObjects,
  settings: ClusterSettings,
  outside: readonly IpAddress[],
): ClusterPlan {
  const warnings: string[] = [];
  const backend = chooseBackend(objects.network.flannel, settings.cni);
  const vxlan = backend.type === 'vxlan';
  const tunnelMtu = vxlan ? chooseTunnelMtu(backend.mtu, warnings) : NIC_MTU;
  const addresses = assignPodAddresses(objects.nodes, objects.pods);
  const nodes = new Map<string, NodePlan>();
  const pods = new Map<PodKey, PodPlan>();
  const podsOfNodes = groupByNode(objects.pods);
  for (const node of objects.nodes) {
    const { name } = node.metadata;
    const address = nodeAddress(node);
    if (address === undefined) {
      warnings.push(`Node ${name} has no IPv4 address: it takes no part in the network.`);
      continue;
    }
    const own = podsOfNodes.get(name) ?? [];
    const planned = planPods(
      own.filter((pod) => !pod.hostNetwork),
      addresses,
      settings.seed,
    );
    for (const plan of planned) pods.set(podKey(plan.pod.metadata), plan);
    const cidr = nodePodCidr(node);
    nodes.set(name, {
      node,
      netns: nodeNetns(name),
      address,
      lease: cidr && flannelLease(node, cidr, address, settings.seed),
      pods: planned,
      hostPods: own.filter((pod) => pod.hostNetwork && addresses.get(podKey(pod.metadata))?.ok),
    });
  }
  for (const [key, address] of addresses) if (!address.ok) warnings.push(`Pod ${key}: ${address.message}`);
  if (objects.network.flannel.enableNftables) {
    warnings.push("flannel's EnableNFTables is not simulated yet: its rules are iptables'.");
  }
  const loadBalancers = planLoadBalancers(objects);
  return {
    objects,
    settings,
    backend,
    cni: vxlan ? 'flannel-vxlan' : 'flannel-host-gw',
    proxyMode: settings.proxyMode ?? objects.network.kubeProxy.mode,
    nicMtu: NIC_MTU,
    tunnelMtu,
    podMtu: settings.podMtu === 'auto' ? (objects.network.flannel.cni.mtu ?? tunnelMtu) : settings.podMtu,
    loadBalancers,
    underlay: planUnderlay([...nodes.values()], objects.network, outside, directBalancers(loadBalancers)),
    nodes,
    pods,
    addresses,
    warnings,
  };
}

function chooseBackend(flannel: FlannelConfig, wanted: CniBackend | undefined): FlannelBackend {
  if (wanted === 'flannel-host-gw') return { type: 'host-gw' };
  if (wanted === undefined || flannel.backend.type === 'vxlan') return flannel.backend;
  return { type: 'vxlan', vni: 1, port: 0, directRouting: false, mtu: undefined };
}

/** The kernel bounds a VXLAN device by its lower device (vxlan_validate answers EINVAL). */
function chooseTunnelMtu(wanted: number | undefined, warnings: string[]): number {
  const most = NIC_MTU - VXLAN_OVERHEAD;
  if (wanted === undefined || wanted <= most) return wanted ?? most;
  warnings.push(
    `flannel's MTU ${wanted} does not fit into eth0's ${NIC_MTU} with ${VXLAN_OVERHEAD} bytes of VXLAN: ${most} it is.`,
  );
  return most;
}

function planPods(pods: readonly Pod[], addresses: ReadonlyMap<PodKey, PodAddress>, seed: number): readonly PodPlan[] {
  const names = new Set<string>();
  const plans: PodPlan[] = [];
  for (const pod of pods) {
    const { namespace, name } = pod.metadata;
    const assigned = addresses.get(podKey(pod.metadata));
    if (!assigned?.ok) continue;
    let hostVeth = hostVethName(pod);
    for (let attempt = 1; names.has(hostVeth); attempt++) hostVeth = hostVethName(pod, attempt);
    names.add(hostVeth);
    plans.push({
      pod,
      netns: podNetns(pod.metadata),
      address: assigned.address,
      hostVeth,
      hostVethIndex: FIRST_VETH_INDEX + plans.length,
      hostVethMac: randomMac(seed, 'host veth', namespace, name),
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
