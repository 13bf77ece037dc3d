import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Step } from '../datamodel/flow/step.ts';
import type { Trace } from '../datamodel/flow/trace.ts';

/** What addresses are called: Pods, Services, nodes and hosts of one cluster. */
export interface Names {
  /** `Pod backend-r8m3q`, `Service backend`; undefined for addresses nobody has. */
  readonly byAddress: ReadonlyMap<string, string>;
}

export function namesOf(cluster: ClusterView): Names {
  return { byAddress: new Map(cluster.nodes.map((node) => [node.address, node.name])) };
}

/** The caption of a step: one plain sentence, made from the step's own data. */
export function narrate(step: Step, trace: Trace, names: Names): string {
  return `${trace.label}: ${step.type} in ${names.byAddress.get(step.netns) ?? step.netns}.`;
}
