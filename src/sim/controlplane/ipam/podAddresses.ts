import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import { familyOf, type IpAddress, type IpPrefix } from '../../../wire/address.ts';
import { failedSandbox, sandboxId } from '../cni/sandbox.ts';
import type { IpamdCheckpoint } from './aws/ipamd.ts';

/** What became of a Pod's sandbox: its address, or kubelet's event that says why it has none. */
export type PodAddress =
  | { readonly ok: true; readonly address: IpAddress }
  | { readonly ok: false; readonly message: string };

/** Identifies a Pod: `namespace/name`. */
export type PodKey = string;

/** What IPAM plugins know beyond who has which address now. Plain data. */
export interface IpamMemory {
  /** By node: the address that its host-local handed out last. */
  readonly lastHandedOut: ReadonlyMap<string, IpAddress>;
  /** By node: host-local's files about what it handed out last, by their paths, where lists that people wrote have their own. */
  readonly stores?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What Calico's IPAM was asked for, in order: freed addresses wait at the end of their blocks' queues. */
  readonly calico?: readonly IpamEvent[];
  /** What each node's ipamd has written down, and when, in seconds. */
  readonly aws?: { readonly at: number; readonly nodes: ReadonlyMap<string, IpamdCheckpoint> };
}

/** An address that was assigned to a Pod or a tunnel device of a node, or given back. */
export type IpamEvent =
  | { readonly type: 'assigned'; readonly address: IpAddress; readonly host: string; readonly tunnel?: TunnelType }
  | { readonly type: 'released'; readonly address: IpAddress };

/** Devices of a node that have addresses from IPAM. */
export type TunnelType = 'ipip' | 'vxlan';

export interface AssignedAddresses {
  readonly addresses: ReadonlyMap<PodKey, PodAddress>;
  readonly memory: IpamMemory;
}

export function podKey(pod: { readonly namespace: string; readonly name: string }): PodKey {
  return `${pod.namespace}/${pod.name}`;
}

/** A Pod that was made again under its old name is another one. */
export function podIdentity({ metadata }: Pod): string {
  return `${podKey(metadata)} ${metadata.uid}`;
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

/** The IPv4 address that the objects give a Pod. */
export function givenAddress(pod: Pod): IpAddress | undefined {
  return pod.podIps.find((address) => familyOf(address) === 'IPv4');
}

/**
 * The IPv4 addresses of all Pods that have a sandbox, in the order of the Pods: the node's own in its namespace, what the
 * objects say where they do, else what IPAM hands out.
 */
export function addressesBy(
  nodes: readonly Node[],
  pods: readonly Pod[],
  handOut: (pod: Pod, node: Node) => PodAddress,
): ReadonlyMap<PodKey, PodAddress> {
  const known = new Map(nodes.map((node) => [node.metadata.name, node]));
  const addresses = new Map<PodKey, PodAddress>();
  for (const pod of pods.filter(hasSandbox)) {
    const node = known.get(pod.nodeName ?? '');
    if (node) addresses.set(podKey(pod.metadata), addressOf(pod, node, handOut));
  }
  return addresses;
}

function addressOf(pod: Pod, node: Node, handOut: (pod: Pod, node: Node) => PodAddress): PodAddress {
  if (pod.hostNetwork) {
    const address = nodeAddress(node);
    return address ? { ok: true, address } : { ok: false, message: `Node ${node.metadata.name} has no IPv4 address.` };
  }
  const given = givenAddress(pod);
  return given ? { ok: true, address: given } : handOut(pod, node);
}

/**
 * kubelet's event, around containerd's words, around the plugin's.
 *
 * @param name of the plugin's own configuration, where it has one beside the list's.
 */
export function sandboxFailure(pod: Pod, plugin: string, error: string, name?: string): PodAddress {
  const described = `plugin type="${plugin}"${name === undefined ? '' : ` name="${name}"`}`;
  return { ok: false, message: failedSandbox(sandboxId(pod), `${described} failed (add): ${error}`) };
}
