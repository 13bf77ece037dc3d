import type { ManifestProblem } from '../../datamodel/cluster/problem.ts';
import type { DeclaredObject } from '../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredPod } from '../../datamodel/kubernetes/declared/declaredPod.ts';
import type { Node } from '../../datamodel/kubernetes/node.ts';
import type { ObjectMeta } from '../../datamodel/kubernetes/objectMeta.ts';
import { FieldErrors } from './admission/fieldErrors.ts';
import { podsOfDaemonSet } from './controllers/daemonSets.ts';
import { podsOfJob, wantedPods } from './controllers/jobs.ts';
import { controllerOf } from './controllers/ownership.ts';
import { MAX_PODS, PodFactory } from './controllers/podFactory.ts';
import { completeReplicaSet, podsOfReplicaSet, type ReplicaSet, replicaSetOf } from './controllers/replicaSets.ts';
import { podsOfStatefulSet } from './controllers/statefulSets.ts';
import { completeMeta } from './objectMeta.ts';
import type { PodDraft } from './podDraft.ts';

/**
 * All Pods that there are once the controllers have done their work: the given ones, and what workloads lack, in the
 * order of the documents.
 */
export function makePods(
  objects: readonly DeclaredObject[],
  nodes: readonly Node[],
  seed: number,
  problems: ManifestProblem[],
  namesGone: readonly string[] = [],
): readonly PodDraft[] {
  const declaredPods = objects.filter((object): object is DeclaredPod => object.kind === 'Pod');
  const deployments = objects.filter(({ kind }) => kind === 'Deployment').map((object) => completeMeta(object, seed));
  const sets = new Map<DeclaredObject, ReplicaSet>();
  for (const object of objects) {
    if (object.kind === 'ReplicaSet') sets.set(object, completeReplicaSet(object, deployments, seed));
  }
  const givenSets = [...sets.values()];
  const setsByName = new Map(givenSets.map((set) => [keyOf(set.metadata.namespace, set.metadata.name), set]));
  const deploymentNames = new Set(deployments.map(({ namespace, name }) => keyOf(namespace, name)));
  const given = new Map(
    declaredPods.map((pod) => [pod as DeclaredObject, draftOf(pod, setsByName, deploymentNames, seed)]),
  );
  const pods = [...given.values()];
  const factory = new PodFactory(pods, seed, namesGone);
  const all: PodDraft[] = [];
  for (const object of objects) {
    const pod = given.get(object);
    if (pod !== undefined) all.push(pod);
    else if (fits(object, factory, problems)) {
      // Pods that a workload before this one made are none of its own; the given ones may be.
      all.push(...podsOf(object, sets, givenSets, nodes, pods, factory, seed));
    }
  }
  return all;
}

function podsOf(
  object: DeclaredObject,
  sets: ReadonlyMap<DeclaredObject, ReplicaSet>,
  givenSets: readonly ReplicaSet[],
  nodes: readonly Node[],
  pods: readonly PodDraft[],
  factory: PodFactory,
  seed: number,
): readonly PodDraft[] {
  switch (object.kind) {
    case 'Deployment': {
      const set = replicaSetOf(object, givenSets, pods, seed);
      return set === undefined ? [] : podsOfReplicaSet(set, pods, factory);
    }
    case 'ReplicaSet': {
      const set = sets.get(object);
      return set === undefined ? [] : podsOfReplicaSet(set, pods, factory);
    }
    case 'StatefulSet':
      return podsOfStatefulSet(object, pods, factory, seed);
    case 'DaemonSet':
      return podsOfDaemonSet(object, nodes, pods, factory, seed);
    case 'Job':
      return podsOfJob(object, pods, factory, seed);
    default:
      return [];
  }
}

/** Refuses a workload that asks for more Pods than are simulated. */
function fits(object: DeclaredObject, factory: PodFactory, problems: ManifestProblem[]): boolean {
  let wanted = 0;
  let field = 'spec.replicas';
  if (object.kind === 'Deployment' || object.kind === 'ReplicaSet' || object.kind === 'StatefulSet') {
    wanted = object.spec?.replicas ?? 1;
  } else if (object.kind === 'Job') {
    wanted = wantedPods(object);
    field = 'spec.parallelism';
  }
  if (wanted <= factory.room) return true;
  new FieldErrors(object, problems).invalid(field, wanted, `no more than ${MAX_PODS} Pods are simulated`);
  return false;
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function draftOf(
  pod: DeclaredPod,
  sets: ReadonlyMap<string, ReplicaSet>,
  deployments: ReadonlySet<string>,
  seed: number,
): PodDraft {
  const metadata = completeMeta(pod, seed);
  const owner = writtenOwner(metadata, sets, deployments);
  return {
    metadata,
    spec: pod.spec ?? {},
    status: pod.status,
    terminating: pod.metadata.deletionTimestamp !== undefined,
    owner,
    group: owner === undefined ? '' : `${metadata.namespace}/${owner}`,
    targetNode: undefined,
  };
}

/** The object that a person wrote: a ReplicaSet's Deployment, even if the dump lacks one of the two. */
function writtenOwner(
  metadata: ObjectMeta,
  sets: ReadonlyMap<string, ReplicaSet>,
  deployments: ReadonlySet<string>,
): string | undefined {
  const owner = controllerOf(metadata);
  if (owner === undefined) return undefined;
  if (owner.kind !== 'ReplicaSet') return `${owner.kind}/${owner.name}`;
  const set = sets.get(keyOf(metadata.namespace, owner.name));
  if (set?.deployment !== undefined) return `Deployment/${set.deployment.name}`;
  const suffix = `-${metadata.labels.get('pod-template-hash')}`;
  const deployment = owner.name.endsWith(suffix) ? owner.name.slice(0, -suffix.length) : undefined;
  // A template hash is what only a Deployment's ReplicaSet has at its end.
  if (deployment !== undefined && (set === undefined || deployments.has(keyOf(metadata.namespace, deployment)))) {
    return `Deployment/${deployment}`;
  }
  return `ReplicaSet/${owner.name}`;
}
