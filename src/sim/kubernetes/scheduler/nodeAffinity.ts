import type { DeclaredRequirement } from '../../../datamodel/kubernetes/declared/declaredObject.ts';
import type { DeclaredNodeSelectorTerm, DeclaredPodSpec } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import { labelsInclude, requirementHolds } from '../labelSelector.ts';

/** Whether a node has what a Pod's nodeSelector and required node affinity ask for. */
export function matchesNodeAffinity(spec: DeclaredPodSpec, node: Node): boolean {
  if (!labelsInclude(node.metadata.labels, spec.nodeSelector ?? new Map())) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  // Terms are alternatives; a term that asks for nothing matches nothing.
  return (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: DeclaredNodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => holds(requirement, node.metadata.labels.get(requirement.key ?? ''))) &&
    matchFields.every((requirement) =>
      holds(requirement, requirement.key === 'metadata.name' ? node.metadata.name : undefined),
    )
  );
}

function holds(requirement: DeclaredRequirement, value: string | undefined): boolean {
  const bound = Number(requirement.values?.[0]);
  switch (requirement.operator) {
    case 'Gt':
      return value !== undefined && Number(value) > bound;
    case 'Lt':
      return value !== undefined && Number(value) < bound;
    default:
      return requirementHolds(requirement, value);
  }
}
