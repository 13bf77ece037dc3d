import type { DeclaredPodSpec, DeclaredPodStatus } from '../../datamodel/kubernetes/declared/declaredPod.ts';
import type { ObjectMeta } from '../../datamodel/kubernetes/objectMeta.ts';

/** A Pod on its way: made or given, not yet bound to a node. */
export interface PodDraft {
  readonly metadata: ObjectMeta;
  readonly spec: DeclaredPodSpec;
  /** What a dump says of it; undefined for a Pod that has yet to start. */
  readonly status: DeclaredPodStatus | undefined;
  readonly terminating: boolean;
  /** The object that a person wrote: `Deployment/frontend`. */
  readonly owner: string | undefined;
  /** Pods of one group are spread over nodes; '' for a Pod of its own. */
  readonly group: string;
  /** The one node that a DaemonSet's Pod is meant for. */
  readonly targetNode: string | undefined;
}

/** Whether a Pod still counts for the controller that owns it (controller.IsPodActive). */
export function isActive(pod: PodDraft): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && !pod.terminating;
}
