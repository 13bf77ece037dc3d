import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import { err, ok, type Result } from '../../../base/result.ts';
import type { Operation } from '../../../datamodel/cluster/operation.ts';
import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { DeclaredObject } from '../../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredPod } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import { namespaceOf } from '../admission/describeObject.ts';
import { surplusPods } from './surplusPods.ts';

/** Replicas that one `kubectl scale` may ask for. */
const MOST_REPLICAS = 1000;

export type ObjectOperation = Exclude<
  Operation,
  { readonly type: 'stopProxy' | 'startProxy' | 'cleanUpProxy' | 'writeFile' }
>;

/**
 * What an operation makes of the stored objects, before controllers act on it.
 *
 * @returns in the API server's words, why it cannot be done.
 */
export function changeObjects(
  objects: readonly DeclaredObject[],
  { pods }: ClusterObjects,
  operation: ObjectOperation,
): Result<readonly DeclaredObject[], string> {
  switch (operation.type) {
    case 'scale':
      return scale(objects, pods, operation);
    case 'terminatePod':
      return ofPod(objects, operation, (pod) => [{ ...pod, metadata: { ...pod.metadata, deletionTimestamp: 'now' } }]);
    case 'deletePod':
      return ofPod(objects, operation, () => []);
    case 'setReady':
      return ofPod(objects, operation, (pod) => [withReadiness(pod, operation.ready)]);
    default:
      return assertUnreachable(operation);
  }
}

function scale(
  objects: readonly DeclaredObject[],
  pods: ClusterObjects['pods'],
  { namespace, workload, replicas }: Extract<Operation, { readonly type: 'scale' }>,
): Result<readonly DeclaredObject[], string> {
  if (!Number.isInteger(replicas) || replicas < 0 || replicas > MOST_REPLICAS)
    return err(`spec.replicas: Invalid value: ${replicas}: must be from 0 to ${MOST_REPLICAS}`);
  const [kind, name] = workload.split('/');
  const found = objects.find(
    (object) => object.kind === kind && object.metadata.name === name && namespaceOf(object) === namespace,
  );
  if (found?.kind !== 'Deployment' && found?.kind !== 'StatefulSet' && found?.kind !== 'ReplicaSet')
    return err(`${kind?.toLowerCase()}s.apps "${name}" not found`);
  const own = pods.filter(
    (pod) =>
      pod.metadata.namespace === namespace &&
      pod.owner === workload &&
      !pod.terminating &&
      pod.phase !== 'Succeeded' &&
      pod.phase !== 'Failed',
  );
  const gone = new Set(surplusPods(own, replicas, found.kind === 'StatefulSet').map(({ metadata }) => metadata.name));
  return ok(
    objects.flatMap((object): readonly DeclaredObject[] => {
      if (object === found) return [{ ...found, spec: { ...found.spec, replicas } } as DeclaredObject];
      // a Deployment that has its ReplicaSet in the dump scales that
      if (
        object.kind === 'ReplicaSet' &&
        found.kind === 'Deployment' &&
        isOwnedBy(object, found.metadata.name ?? '', namespace)
      )
        return [{ ...object, spec: { ...object.spec, replicas } }];
      const isGone = object.kind === 'Pod' && namespaceOf(object) === namespace && gone.has(object.metadata.name ?? '');
      return isGone ? [] : [object];
    }),
  );
}

function isOwnedBy(object: DeclaredObject, deployment: string, namespace: string): boolean {
  if (namespaceOf(object) !== namespace) return false;
  return (
    object.metadata.ownerReferences?.some(({ kind, name }) => kind === 'Deployment' && name === deployment) ?? false
  );
}

function ofPod(
  objects: readonly DeclaredObject[],
  { namespace, name }: { readonly namespace: string; readonly name: string },
  change: (pod: DeclaredPod) => readonly DeclaredObject[],
): Result<readonly DeclaredObject[], string> {
  const isMeant = (object: DeclaredObject): object is DeclaredPod =>
    object.kind === 'Pod' && object.metadata.name === name && namespaceOf(object) === namespace;
  if (!objects.some(isMeant)) return err(`pods "${name}" not found`);
  return ok(objects.flatMap((object) => (isMeant(object) ? change(object) : [object])));
}

function withReadiness(pod: DeclaredPod, ready: boolean): DeclaredPod {
  const others = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'Ready');
  const condition = ready
    ? { type: 'Ready', status: 'True' }
    : { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'Readiness probe failed' };
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
