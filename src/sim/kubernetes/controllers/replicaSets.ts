import type {
  DeclaredDeployment,
  DeclaredReplicaSet,
  DeclaredWorkloadSpec,
} from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { Labels, ObjectMeta } from '../../../datamodel/kubernetes/objectMeta.ts';
import { selectorMatches } from '../labelSelector.ts';
import { templateHash, uidOf } from '../names.ts';
import { completeMeta } from '../objectMeta.ts';
import type { PodDraft } from '../podDraft.ts';
import { controllerOf, isControlledBy } from './ownership.ts';
import type { PodFactory } from './podFactory.ts';

const HASH = 'pod-template-hash';

/** A ReplicaSet, given or made by its Deployment. */
export interface ReplicaSet {
  readonly metadata: ObjectMeta;
  readonly spec: DeclaredWorkloadSpec;
  readonly deployment: ObjectMeta | undefined;
}

export function completeReplicaSet(
  declared: DeclaredReplicaSet,
  deployments: readonly ObjectMeta[],
  seed: number,
): ReplicaSet {
  const metadata = completeMeta(declared, seed);
  const deployment = deployments.find((candidate) => isControlledBy(metadata, 'Deployment', candidate));
  return { metadata, spec: declared.spec ?? {}, deployment };
}

/**
 * The ReplicaSet that a Deployment makes of its template, when a dump has none of its.
 *
 * Where the dump has Pods of one, as the dump of Pods and Deployments alone has, it is that one.
 */
export function replicaSetOf(
  deployment: DeclaredDeployment,
  given: readonly ReplicaSet[],
  pods: readonly PodDraft[],
  seed: number,
): ReplicaSet | undefined {
  const metadata = completeMeta(deployment, seed);
  const { namespace, name } = metadata;
  const spec = deployment.spec ?? {};
  const owned = given.some(
    (set) =>
      isControlledBy(set.metadata, 'Deployment', metadata) ||
      (set.metadata.namespace === namespace &&
        controllerOf(set.metadata) === undefined &&
        selectorMatches(spec.selector, set.metadata.labels)),
  );
  if (owned) return undefined;
  const hash = hashOfPods(metadata, spec, pods) ?? templateHash(seed, namespace, name, describe(spec));
  const labels: Labels = new Map([...(spec.template?.metadata?.labels ?? []), [HASH, hash]]);
  const setName = `${name}-${hash}`;
  return {
    metadata: {
      name: setName,
      namespace,
      uid: uidOf(seed, 'ReplicaSet', namespace, setName),
      labels,
      annotations: new Map(),
      ownerReferences: [{ kind: 'Deployment', name, uid: metadata.uid, controller: true }],
    },
    spec: {
      ...spec,
      selector: { ...spec.selector, matchLabels: new Map([...(spec.selector?.matchLabels ?? []), [HASH, hash]]) },
      template: { ...spec.template, metadata: { ...spec.template?.metadata, labels } },
    },
    deployment: metadata,
  };
}

/** The template hash that most of the Deployment's given Pods have. */
function hashOfPods(deployment: ObjectMeta, spec: DeclaredWorkloadSpec, pods: readonly PodDraft[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { metadata } of pods) {
    const hash = metadata.labels.get(HASH);
    if (hash === undefined || metadata.namespace !== deployment.namespace) continue;
    if (!selectorMatches(spec.selector, metadata.labels)) continue;
    const owner = controllerOf(metadata);
    if (owner !== undefined && (owner.kind !== 'ReplicaSet' || owner.name !== `${deployment.name}-${hash}`)) continue;
    counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Makes the Pods that a ReplicaSet lacks. */
export function podsOfReplicaSet(set: ReplicaSet, pods: readonly PodDraft[], factory: PodFactory): readonly PodDraft[] {
  const has = pods.filter((pod) => belongs(pod, set)).length;
  const lacks = Math.max(0, (set.spec.replicas ?? 1) - has);
  const { deployment, metadata } = set;
  const owner = {
    kind: 'ReplicaSet',
    metadata,
    ...(deployment !== undefined && { writtenAs: `Deployment/${deployment.name}` }),
  };
  return Array.from({ length: lacks }, (_, n) =>
    factory.make({ owner, template: set.spec.template, ordinal: has + n }),
  );
}

/** Controlled by it, or an orphan that it would adopt; Pods on their way out are replaced at once, so they count for none. */
function belongs(pod: PodDraft, set: ReplicaSet): boolean {
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed' || pod.terminating) return false;
  if (pod.metadata.namespace !== set.metadata.namespace) return false;
  const owner = controllerOf(pod.metadata);
  if (owner !== undefined) return owner.kind === 'ReplicaSet' && owner.name === set.metadata.name;
  return selectorMatches(set.spec.selector, pod.metadata.labels);
}

/** What of a template its hash depends on, as text. */
function describe(spec: DeclaredWorkloadSpec): string {
  return JSON.stringify(spec.template ?? {}, (_, value) => (value instanceof Map ? [...value] : value));
}
