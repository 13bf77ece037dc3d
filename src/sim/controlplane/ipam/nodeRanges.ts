import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { HostLocalStore } from './hostLocal.ts';
import {
  type AssignedAddresses,
  addressesBy,
  givenAddress,
  hasSandbox,
  type IpamMemory,
  nodePodCidr,
  sandboxFailure,
} from './podAddresses.ts';

/**
 * Addresses as host-local hands them out on each node, from the node's podCIDR and in the order of the Pods, around those
 * that the objects give. It is the flannel plugin that asks for them.
 *
 * @param memory where each node's host-local goes on, if it has handed out addresses before.
 */
export function assignFromNodeRanges(
  nodes: readonly Node[],
  pods: readonly Pod[],
  memory: IpamMemory = { lastHandedOut: new Map() },
): AssignedAddresses {
  const lastHandedOut = new Map<string, IpAddress>();
  const stores = new Map<string, HostLocalStore>();
  for (const node of nodes) {
    const cidr = nodePodCidr(node);
    const { name } = node.metadata;
    if (cidr) stores.set(name, new HostLocalStore(cidr, memory.lastHandedOut.get(name)));
  }
  for (const pod of pods.filter(hasSandbox)) {
    const given = givenAddress(pod);
    const name = pod.nodeName ?? '';
    if (!given || pod.hostNetwork) continue;
    stores.get(name)?.reserve(given);
    lastHandedOut.set(name, given);
  }
  for (const [name, address] of memory.lastHandedOut) lastHandedOut.set(name, address);
  const addresses = addressesBy(nodes, pods, (pod, node) => {
    const { name } = node.metadata;
    const store = stores.get(name);
    if (!store) {
      const error = 'loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory';
      return sandboxFailure(pod, 'flannel', error);
    }
    const address = store.allocate();
    if (!address) return sandboxFailure(pod, 'flannel', `failed to delegate add: ${store.exhausted()}`);
    lastHandedOut.set(name, address);
    return { ok: true, address };
  });
  return { addresses, memory: { lastHandedOut } };
}
