import { chance } from '../../../../base/chance.ts';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { IDENTITY, type IpcacheEntry } from '../../../../datamodel/network/ebpf.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { PlannedNodes } from '../../nodePlan.ts';

/** Identities of a cluster's own are from here up to 2^16 (pkg/identity). */
const FIRST = 256;
const LAST = 65535;

/**
 * cilium_ipcache: every Pod's identity and node. Pods with the same labels of one namespace are one identity.
 * @param routers addresses that nodes' cilium_host have, by which nodes ask Pods elsewhere, with the nodes' own.
 */
export function ipcacheOf(
  { nodes, settings }: PlannedNodes,
  routers: ReadonlyMap<IpAddress, IpAddress>,
): ReadonlyMap<IpAddress, IpcacheEntry> {
  const known = new Map<string, number>();
  const taken = new Set<number>();
  const identityOf = (pod: Pod): number => {
    const labels = securityLabels(pod);
    const found = known.get(labels);
    if (found !== undefined) return found;
    let number = FIRST + (chance(settings.seed, 'identity', labels) % (LAST - FIRST + 1));
    while (taken.has(number)) number = number === LAST ? FIRST : number + 1;
    taken.add(number);
    known.set(labels, number);
    return number;
  };
  const entries = new Map<IpAddress, IpcacheEntry>();
  for (const [router, host] of routers) entries.set(router, { identity: IDENTITY.remoteNode, host });
  for (const node of nodes.values()) {
    for (const { pod, address } of node.pods) entries.set(address, { identity: identityOf(pod), host: node.address });
  }
  return entries;
}

function securityLabels({ metadata: { namespace, labels } }: Pod): string {
  return JSON.stringify([namespace, [...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
}
