import type { DeclaredToleration } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import type { DeclaredDaemonSet } from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import { templateHash } from '../names.ts';
import { completeMeta } from '../objectMeta.ts';
import { isActive, type PodDraft } from '../podDraft.ts';
import { matchesNodeAffinity } from '../scheduler/nodeAffinity.ts';
import { untoleratedTaint } from '../scheduler/tolerations.ts';
import { isControlledBy } from './ownership.ts';
import type { PodFactory } from './podFactory.ts';

/** What the controller lets its Pods tolerate (pkg/controller/daemon/util/daemonset_util.go). */
const tolerated: readonly DeclaredToleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const hostNetworkTolerated: DeclaredToleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** Makes a Pod for every node that the DaemonSet is meant for and that has none yet. */
export function podsOfDaemonSet(
  set: DeclaredDaemonSet,
  nodes: readonly Node[],
  pods: readonly PodDraft[],
  factory: PodFactory,
  seed: number,
): readonly PodDraft[] {
  const metadata = completeMeta(set, seed);
  const template = set.spec?.template;
  const spec = template?.spec ?? {};
  const tolerations = [
    ...(spec.tolerations ?? []),
    ...tolerated,
    ...(spec.hostNetwork === true ? [hostNetworkTolerated] : []),
  ];
  const covered = new Set(
    pods
      .filter((pod) => isActive(pod) && isControlledBy(pod.metadata, 'DaemonSet', metadata))
      .map(({ spec }) => spec.nodeName),
  );
  const hash = templateHash(seed, metadata.namespace, metadata.name, 'revision');
  return nodes
    .filter((node) => !covered.has(node.metadata.name))
    .filter((node) => spec.nodeName === undefined || spec.nodeName === node.metadata.name)
    .filter((node) => matchesNodeAffinity(spec, node) && untoleratedTaint(tolerations, node.taints) === undefined)
    .map((node) =>
      factory.make({
        owner: { kind: 'DaemonSet', metadata },
        template,
        ordinal: node.metadata.name,
        labels: new Map([
          ['controller-revision-hash', hash],
          ['pod-template-generation', '1'],
        ]),
        spec: { tolerations },
        targetNode: node.metadata.name,
      }),
    );
}
