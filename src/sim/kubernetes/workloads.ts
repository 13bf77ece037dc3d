import type { DeclaredObject } from '../../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredReplicaSet } from '../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { Workload } from '../../datamodel/kubernetes/workload.ts';
import { namespaceOf } from './admission/describeObject.ts';

/** The workloads that a person scales, in the order of the documents. */
export function workloadsOf(objects: readonly DeclaredObject[]): readonly Workload[] {
  return objects.flatMap((object) => {
    const { kind } = object;
    if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'ReplicaSet') return [];
    if (kind === 'ReplicaSet' && isOwned(object)) return [];
    const replicas = object.spec?.replicas ?? 1;
    return [{ namespace: namespaceOf(object), kind, name: object.metadata.name ?? '', replicas }];
  });
}

function isOwned({ metadata }: DeclaredReplicaSet): boolean {
  return metadata.ownerReferences?.some(({ kind }) => kind === 'Deployment') ?? false;
}
