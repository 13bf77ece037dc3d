import type { Pod } from '../../../datamodel/kubernetes/pod.ts';

/**
 * The Pods that a workload gives up when it is scaled down (pkg/controller/controller_utils.go, ActivePodsWithRanks): first those
 * without a node, then those that are not ready, then those that share their node with the most of their kind, then the youngest.
 * A StatefulSet gives up the highest ordinal first.
 *
 * @param pods the workload's, in order of creation.
 */
export function surplusPods(pods: readonly Pod[], keep: number, ordered: boolean): readonly Pod[] {
  const surplus = Math.max(0, pods.length - keep);
  if (surplus === 0) return [];
  if (ordered) return [...pods].sort((a, b) => ordinalOf(b) - ordinalOf(a)).slice(0, surplus);
  const perNode = new Map<string, number>();
  for (const { nodeName, phase } of pods) {
    if (nodeName !== undefined && phase === 'Running') perNode.set(nodeName, (perNode.get(nodeName) ?? 0) + 1);
  }
  const age = new Map(pods.map((pod, i) => [pod, i]));
  const rank = (pod: Pod): readonly number[] => [
    pod.nodeName === undefined ? 0 : 1,
    pod.phase === 'Running' ? 1 : 0,
    pod.ready ? 1 : 0,
    -(perNode.get(pod.nodeName ?? '') ?? 0),
    -(age.get(pod) ?? 0),
  ];
  return [...pods].sort((a, b) => compare(rank(a), rank(b))).slice(0, surplus);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - (b[i] ?? 0);
  return 0;
}

function ordinalOf(pod: Pod): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? 0);
}
