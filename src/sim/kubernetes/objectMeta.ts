import type { Declared } from '../../datamodel/kubernetes/declared/declaredObject.ts';
import type { ObjectMeta } from '../../datamodel/kubernetes/objectMeta.ts';
import { namespaceOf } from './admission/describeObject.ts';
import { uidOf } from './names.ts';

/** The metadata that the API server would store. */
export function completeMeta(object: Declared<string>, seed: number): ObjectMeta {
  const name = object.metadata.name ?? '';
  const namespace = namespaceOf(object);
  const { uid, labels, annotations, ownerReferences = [] } = object.metadata;
  return {
    name,
    namespace,
    uid: uid || uidOf(seed, object.kind, namespace, name),
    labels: labels ?? new Map(),
    annotations: annotations ?? new Map(),
    ownerReferences: ownerReferences.map((owner) => ({
      kind: owner.kind ?? '',
      name: owner.name ?? '',
      uid: owner.uid ?? '',
      controller: owner.controller ?? false,
    })),
  };
}
