import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';

/** Who takes part in a conversation: these are drawn in full. */
export interface Involved {
  readonly nodes: ReadonlySet<NetnsId>;
  readonly pods: ReadonlySet<NetnsId>;
  readonly outside: ReadonlySet<NetnsId>;
}

export const NOBODY: Involved = { nodes: new Set(), pods: new Set(), outside: new Set() };

/** Namespaces that its packets visit; those that only overheard an ARP broadcast do not count. */
export function involvedIn(conversation: Conversation | undefined, cluster: ClusterView): Involved {
  if (!conversation) return NOBODY;
  const visited = new Set<NetnsId>([conversation.flow.from]);
  for (const trace of conversation.traces) {
    if (trace.role !== 'control') for (const hop of trace.hops) visited.add(hop.netns);
  }
  const pods = cluster.pods.filter((pod) => visited.has(pod.netns) && !pod.hostNetwork);
  const homes = new Set(pods.map((pod) => pod.node));
  const nodes = cluster.nodes.filter((node) => visited.has(node.netns) || homes.has(node.name));
  const outside = cluster.outside.filter((host) => visited.has(host.netns));
  return {
    nodes: new Set(nodes.map((node) => node.netns)),
    pods: new Set(pods.map((pod) => pod.netns)),
    outside: new Set(outside.map((host) => host.netns)),
  };
}
