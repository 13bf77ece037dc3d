import type { DeclaredLabelSelector, DeclaredRequirement } from '../../datamodel/kubernetes/declared/declaredObject.ts';
import type { Labels } from '../../datamodel/kubernetes/objectMeta.ts';

/** Whether labels have all that a Service's selector (`map[string]string`) asks for. */
export function labelsInclude(labels: Labels, wanted: Labels): boolean {
  for (const [key, value] of wanted) if (labels.get(key) !== value) return false;
  return true;
}

/** metav1.LabelSelector: an absent one matches nothing, an empty one everything. */
export function selectorMatches(selector: DeclaredLabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  if (!labelsInclude(labels, selector.matchLabels ?? new Map())) return false;
  return (selector.matchExpressions ?? []).every(({ key = '', ...requirement }) =>
    requirementHolds(requirement, labels.get(key)),
  );
}

/** The operators that label selectors and node selectors share; undefined stands for a key that is not there. */
export function requirementHolds(
  { operator, values = [] }: Pick<DeclaredRequirement, 'operator' | 'values'>,
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
