import type { DeclaredPodAffinityTerm } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import { selectorMatches } from '../labelSelector.ts';
import type { PodDraft } from '../podDraft.ts';

/** A Pod and the node it is on. */
export interface PlacedPod {
  readonly pod: PodDraft;
  readonly node: Node;
}

/** Whether a Pod keeps others away. */
export function isGuard(pod: PodDraft): boolean {
  return antiTerms(pod).length > 0;
}

/**
 * What the InterPodAffinity plugin has against a node; only required terms are looked at.
 *
 * @param guards those of the placed Pods that keep others away.
 */
export function podAffinityRefusal(
  pod: PodDraft,
  node: Node,
  placed: readonly PlacedPod[],
  guards: readonly PlacedPod[],
): string | undefined {
  const existing = guards.some((other) =>
    antiTerms(other.pod).some(
      (term) => sameTopology(term, other.node, node) && selects(term, other.pod.metadata.namespace, pod),
    ),
  );
  if (antiTerms(pod).some((term) => meets(term, pod, node, placed)))
    return "node(s) didn't match pod anti-affinity rules";
  if (existing) return "node(s) didn't satisfy existing pods anti-affinity rules";
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const unmet = terms.some((term) => !meets(term, pod, node, placed) && !isFirstOfItsKind(term, pod, node, placed));
  return unmet ? "node(s) didn't match pod affinity rules" : undefined;
}

function antiTerms(pod: PodDraft): readonly DeclaredPodAffinityTerm[] {
  return pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

function meets(term: DeclaredPodAffinityTerm, pod: PodDraft, node: Node, placed: readonly PlacedPod[]): boolean {
  return placed.some(
    (other) => sameTopology(term, other.node, node) && selects(term, pod.metadata.namespace, other.pod),
  );
}

/** A Pod that asks to be near its own kind may be the first of it anywhere. */
function isFirstOfItsKind(
  term: DeclaredPodAffinityTerm,
  pod: PodDraft,
  node: Node,
  placed: readonly PlacedPod[],
): boolean {
  return (
    node.metadata.labels.has(term.topologyKey ?? '') &&
    selects(term, pod.metadata.namespace, pod) &&
    !placed.some((other) => selects(term, pod.metadata.namespace, other.pod))
  );
}

function sameTopology({ topologyKey = '' }: DeclaredPodAffinityTerm, a: Node, b: Node): boolean {
  const value = a.metadata.labels.get(topologyKey);
  return value !== undefined && value === b.metadata.labels.get(topologyKey);
}

function selects(term: DeclaredPodAffinityTerm, namespace: string, pod: PodDraft): boolean {
  const namespaces = term.namespaces !== undefined && term.namespaces.length > 0 ? term.namespaces : [namespace];
  return namespaces.includes(pod.metadata.namespace) && selectorMatches(term.labelSelector, pod.metadata.labels);
}
