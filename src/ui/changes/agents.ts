import type { EditView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Owner } from '../../datamodel/network/tables.ts';

/** An agent that would write its entries in a namespace again. */
export interface Agent {
  readonly netns: NetnsId;
  readonly owner: Owner;
}

/** The agents whose entries were changed, each once a namespace. */
export function agentsOf(edits: readonly EditView[]): readonly Agent[] {
  const agents = new Map<string, Agent>();
  for (const { netns, owners } of edits) {
    for (const owner of owners) agents.set(`${owner} ${netns}`, { netns, owner });
  }
  return [...agents.values()];
}

const NAMES: ReadonlyMap<Owner, string> = new Map([
  ['cni', 'the CNI plugin'],
  ['host', "the machine's own set-up"],
]);

/** What an agent is called in a sentence. */
export function agentName(owner: Owner): string {
  return NAMES.get(owner) ?? owner;
}

/** `worker-01`, `frontend-x2k9p`, `kube-system/coredns-q5d78`, or an outside host's address. */
export function placeName(netns: NetnsId): string {
  return netns.replace(/^(?:node\/|pod\/(?:default\/)?)/, '');
}
