import type { ClusterSettings, CniBackend } from '../../../datamodel/cluster/command.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import { podIdentity } from '../ipam/podAddresses.ts';

/** A CNI that was put over another one, or the one that the cluster was built with. */
export interface NetworkGeneration {
  readonly cni: CniBackend;
  readonly podMtu: ClusterSettings['podMtu'];
  /** Nodes whose agents were rolled out with it; undefined: all. */
  readonly nodes: ReadonlySet<string> | undefined;
}

/** What came before the CNI that the settings ask for, on a cluster that was not built anew for it. Immutable. */
export interface NetworkHistory {
  /** The oldest first; the last one is what the settings ask for. */
  readonly generations: readonly NetworkGeneration[];
  /** Which of them made the Pods that were there when another was rolled out; Pods that came later are made by their node's. */
  readonly madeBy: ReadonlyMap<string, number>;
}

/** The generation whose agents and plugins are in force on a node. */
export function generationOn({ generations }: Pick<NetworkHistory, 'generations'>, node: string): number {
  return generations.findLastIndex(({ nodes }) => nodes === undefined || nodes.has(node));
}

/** The generation whose plugins made a Pod's interface. */
export function generationOf(history: NetworkHistory, pod: Pod): number {
  return history.madeBy.get(podIdentity(pod)) ?? generationOn(history, pod.nodeName ?? '');
}

/**
 * Another CNI is applied to a running cluster and its agents are rolled out: on all nodes, or on one. Pods that are there
 * already stay as they were made.
 *
 * @param history undefined: the cluster was built with `inForce` and has had no other.
 */
export function rolledOut(
  history: NetworkHistory | undefined,
  inForce: Omit<NetworkGeneration, 'nodes'>,
  wanted: Omit<NetworkGeneration, 'nodes'>,
  { pods, node }: { readonly pods: readonly Pod[]; readonly node?: string | undefined },
): NetworkHistory {
  const before = history ?? { generations: [{ ...inForce, nodes: undefined }], madeBy: new Map() };
  const madeBy = new Map(pods.map((pod) => [podIdentity(pod), generationOf(before, pod)]));
  const last = before.generations.at(-1);
  const goesOn = last?.nodes !== undefined && last.cni === wanted.cni && last.podMtu === wanted.podMtu;
  const earlier = goesOn ? before.generations.slice(0, -1) : before.generations;
  const nodes = node === undefined ? undefined : new Set([...(goesOn ? (last.nodes ?? []) : []), node]);
  return { generations: [...earlier, { ...wanted, nodes }], madeBy };
}

/** Whether the newest one's agents run on a node, or on all. */
export function isRolledOut({ generations }: NetworkHistory, node: string | undefined): boolean {
  const nodes = generations.at(-1)?.nodes;
  return nodes === undefined || (node !== undefined && nodes.has(node));
}
