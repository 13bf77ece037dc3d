import type { DeclaredToleration } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import type { Taint } from '../../../datamodel/kubernetes/node.ts';

/** The first taint that keeps a Pod off a node. */
export function untoleratedTaint(
  tolerations: readonly DeclaredToleration[],
  taints: readonly Taint[],
): Taint | undefined {
  return taints.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

/** v1.Toleration.ToleratesTaint: an empty effect or key stands for all. */
function tolerates(toleration: DeclaredToleration, taint: Taint): boolean {
  const { key, operator, value = '', effect } = toleration;
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === 'Exists' || (Boolean(key) && value === taint.value);
}
