import { err, ok, type Result } from '../../../base/result.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import { type IpAddress, type IpPrefix, networkOf } from '../../../wire/address.ts';
import { HostLocal } from './hostLocal.ts';
import type { AddressOwner } from './hostLocalStore.ts';
import {
  type AssignedAddresses,
  addressesBy,
  givenAddress,
  hasSandbox,
  type IpamMemory,
  nodePodCidr,
  podKey,
  sandboxFailure,
} from './podAddresses.ts';
import { rangeSets } from './rangeSet.ts';

/** The plugin that calls host-local, and its words. */
export interface RangePlugin {
  readonly name: string;
  /** Its error on a node without a podCIDR. */
  readonly withoutRange: string;
  /** What it writes in front of host-local's error. */
  readonly prefix: string;
}

const FLANNEL: RangePlugin = {
  name: 'flannel',
  withoutRange: 'loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  prefix: 'failed to delegate add: ',
};

/**
 * Addresses as host-local hands them out on each node, from the node's podCIDR and in the order of the Pods, around those
 * that the objects give.
 *
 * @param memory where each node's host-local goes on, if it has handed out addresses before.
 * @param plugin that asks for them.
 */
export function assignFromNodeRanges(
  nodes: readonly Node[],
  pods: readonly Pod[],
  memory: IpamMemory = { lastHandedOut: new Map() },
  plugin: RangePlugin = FLANNEL,
): AssignedAddresses {
  const lastHandedOut = new Map<string, IpAddress>();
  const ipams = new Map<string, Result<HostLocal, string>>();
  for (const node of nodes) {
    const cidr = nodePodCidr(node);
    const { name } = node.metadata;
    if (cidr) ipams.set(name, nodeIpam(cidr, memory.lastHandedOut.get(name)));
  }
  for (const pod of pods.filter(hasSandbox)) {
    const given = givenAddress(pod);
    const name = pod.nodeName ?? '';
    if (!given || pod.hostNetwork) continue;
    const ipam = ipams.get(name);
    if (ipam?.ok) ipam.value.store.hold(given, ownerOf(pod));
    lastHandedOut.set(name, given);
  }
  for (const [name, address] of memory.lastHandedOut) lastHandedOut.set(name, address);
  const addresses = addressesBy(nodes, pods, (pod, node) => {
    const { name } = node.metadata;
    const ipam = ipams.get(name);
    if (!ipam) {
      return sandboxFailure(pod, plugin.name, plugin.withoutRange);
    }
    const given = ipam.ok ? allocate(ipam.value, pod) : ipam;
    if (!given.ok) return sandboxFailure(pod, plugin.name, `${plugin.prefix}${given.error}`);
    lastHandedOut.set(name, given.value);
    return { ok: true, address: given.value };
  });
  return { addresses, memory: { lastHandedOut } };
}

/** host-local with the configuration that flannel's plugin hands on: the node's subnet is the one range. */
function nodeIpam(subnet: IpPrefix, last: IpAddress | undefined): Result<HostLocal, string> {
  const sets = rangeSets([[{ subnet: networkOf(subnet) }]]);
  if (!sets.ok) return sets;
  const hostLocal = new HostLocal(sets.value);
  if (last !== undefined) hostLocal.store.setLastReserved(0, last);
  return ok(hostLocal);
}

function allocate(ipam: HostLocal, pod: Pod): Result<IpAddress, string> {
  const added = ipam.add(ownerOf(pod));
  if (!added.ok) return err(`failed to allocate for range ${added.error.set}: ${added.error.message}`);
  const [first] = added.value;
  return first ? ok(first.address.address) : err('no IP ranges specified');
}

/** Whom an address is written down for. The real store has the sandbox's ID, which a Pod's key stands for. */
function ownerOf(pod: Pod): AddressOwner {
  return { containerId: podKey(pod.metadata), ifname: 'eth0' };
}
