import { ok, type Result } from '../../../base/result.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import { familyOf, type IpAddress, type IpPrefix, networkOf } from '../../../wire/address.ts';
import { sandboxId } from '../cni/sandbox.ts';
import { HostLocal } from './hostLocal.ts';
import type { AddressOwner } from './hostLocalStore.ts';
import { rangeSets } from './rangeSet.ts';

/** What became of a Pod's sandbox: its address, or kubelet's event that says why it has none. */
export type PodAddress =
  | { readonly ok: true; readonly address: IpAddress }
  | { readonly ok: false; readonly message: string };

/** Identifies a Pod: `namespace/name`. */
export type PodKey = string;

export function podKey(pod: { readonly namespace: string; readonly name: string }): PodKey {
  return `${pod.namespace}/${pod.name}`;
}

/**
 * Whether kubelet has (or tries to have) a network namespace for a Pod: it is bound to a node and neither finished nor known
 * to be waiting for its sandbox.
 */
export function hasSandbox(pod: Pod): boolean {
  if (pod.nodeName === undefined || pod.phase === 'Succeeded' || pod.phase === 'Failed') return false;
  return pod.phase !== 'Pending' || pod.podIps.length > 0;
}

/** The IPv4 prefix that a node's Pods get their addresses from. */
export function nodePodCidr(node: Node): IpPrefix | undefined {
  return node.podCidrs.find((prefix) => familyOf(prefix.address) === 'IPv4');
}

/** The IPv4 address that a node's NIC carries. */
export function nodeAddress(node: Node): IpAddress | undefined {
  return node.internalIps.find((address) => familyOf(address) === 'IPv4');
}

/**
 * The IPv4 addresses of all Pods that have a sandbox. Addresses that the objects give are kept; the others are handed out
 * by each node's host-local, in the order of the Pods.
 *
 * @param lastHandedOut by node: where its host-local goes on, if it has handed out addresses before.
 */
export function assignPodAddresses(
  nodes: readonly Node[],
  pods: readonly Pod[],
  lastHandedOut: ReadonlyMap<string, IpAddress> = new Map(),
): ReadonlyMap<PodKey, PodAddress> {
  const known = new Map(nodes.map((node) => [node.metadata.name, node]));
  const hostLocals = new Map<string, NodeIpam>();
  const live = pods.filter(hasSandbox);
  for (const node of nodes) {
    const cidr = nodePodCidr(node);
    if (cidr) hostLocals.set(node.metadata.name, nodeIpam(cidr, lastHandedOut.get(node.metadata.name)));
  }
  for (const pod of live) {
    const given = givenAddress(pod);
    const ipam = hostLocals.get(pod.nodeName ?? '');
    if (given && !pod.hostNetwork && ipam?.ok) ipam.value.store.hold(given, ownerOf(pod));
  }
  const addresses = new Map<PodKey, PodAddress>();
  for (const pod of live) {
    const node = known.get(pod.nodeName ?? '');
    if (node) addresses.set(podKey(pod.metadata), addressOf(pod, node, hostLocals.get(node.metadata.name)));
  }
  return addresses;
}

/**
 * The Pods with the addresses they have got, which is when the EndpointSlice controller takes notice of them. Those whose
 * sandbox failed stay as they are, without.
 */
export function addressPods(nodes: readonly Node[], pods: readonly Pod[]): readonly Pod[] {
  const addresses = assignPodAddresses(nodes, pods);
  return pods.map((pod) => {
    const assigned = addresses.get(podKey(pod.metadata));
    return assigned?.ok && givenAddress(pod) === undefined
      ? { ...pod, podIps: [assigned.address, ...pod.podIps] }
      : pod;
  });
}

function addressOf(pod: Pod, node: Node, ipam: NodeIpam | undefined): PodAddress {
  if (pod.hostNetwork) {
    const address = nodeAddress(node);
    return address ? { ok: true, address } : { ok: false, message: `Node ${node.metadata.name} has no IPv4 address.` };
  }
  const given = givenAddress(pod);
  if (given) return { ok: true, address: given };
  if (!ipam) {
    return failure(pod, 'loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory');
  }
  if (!ipam.ok) return failure(pod, `failed to delegate add: ${ipam.error}`);
  const added = ipam.value.add(ownerOf(pod));
  const [allocated] = added.ok ? added.value : [];
  if (allocated) return { ok: true, address: allocated.address.address };
  const why = added.ok ? '' : `failed to allocate for range ${added.error.set}: ${added.error.message}`;
  return failure(pod, `failed to delegate add: ${why}`);
}

/** host-local with the configuration that flannel's plugin hands on: the node's subnet is the one range. */
type NodeIpam = Result<HostLocal, string>;

function nodeIpam(subnet: IpPrefix, last: IpAddress | undefined): NodeIpam {
  const sets = rangeSets([[{ subnet: networkOf(subnet) }]]);
  if (!sets.ok) return sets;
  const hostLocal = new HostLocal(sets.value);
  if (last !== undefined) hostLocal.store.setLastReserved(0, last);
  return ok(hostLocal);
}

/** Whom an address is written down for. The real store has the sandbox's ID, which a Pod's key stands for. */
function ownerOf(pod: Pod): AddressOwner {
  return { containerId: podKey(pod.metadata), ifname: 'eth0' };
}

/** kubelet's event, around containerd's words, around the plugin's. */
function failure(pod: Pod, pluginError: string): PodAddress {
  return {
    ok: false,
    message:
      'FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for ' +
      `sandbox "${sandboxId(pod)}": plugin type="flannel" failed (add): ${pluginError}`,
  };
}

function givenAddress(pod: Pod): IpAddress | undefined {
  return pod.podIps.find((address) => familyOf(address) === 'IPv4');
}
