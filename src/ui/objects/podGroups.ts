import type { ClusterView, PodView } from '../../datamodel/cluster/view.ts';
import type { Workload } from '../../datamodel/kubernetes/workload.ts';

/** A workload with its Pods, or Pods that have none to scale. */
export interface PodGroup {
  readonly key: string;
  readonly title: string;
  readonly namespace: string;
  /** Absent for what is not scaled: DaemonSets, Jobs, Pods of their own. */
  readonly workload?: Workload;
  readonly pods: readonly PodView[];
}

/** Workloads in their order, then whatever else Pods belong to; only those with every word of the filter in a name. */
export function ownedPods(view: ClusterView, filter: string): readonly PodGroup[] {
  const groups = new Map<string, { title: string; namespace: string; workload?: Workload; pods: PodView[] }>();
  for (const workload of view.workloads) {
    const title = `${workload.kind}/${workload.name}`;
    groups.set(`${workload.namespace} ${title}`, { title, namespace: workload.namespace, workload, pods: [] });
  }
  for (const pod of view.pods) {
    const title = pod.owner ?? 'Pods of their own';
    const key = `${pod.namespace} ${title}`;
    const group = groups.get(key) ?? { title, namespace: pod.namespace, pods: [] };
    group.pods.push(pod);
    groups.set(key, group);
  }
  const words = filter.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const has = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  return [...groups].flatMap(([key, group]) => {
    const whole = has(`${group.namespace}/${group.title}`);
    const pods = whole ? group.pods : group.pods.filter((pod) => has(`${pod.namespace}/${pod.name}`));
    return whole || pods.length > 0 ? [{ ...group, key, pods }] : [];
  });
}
