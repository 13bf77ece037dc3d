import type { ObjectMeta, OwnerReference } from '../../../datamodel/kubernetes/objectMeta.ts';

/** The one owner that manages an object; dumps that were trimmed may have lost the flag, but then there is only one. */
export function controllerOf(metadata: ObjectMeta): OwnerReference | undefined {
  const { ownerReferences } = metadata;
  return (
    ownerReferences.find(({ controller }) => controller) ??
    (ownerReferences.length === 1 ? ownerReferences[0] : undefined)
  );
}

/** Whether `owner` (of that kind, in the same namespace) manages the object. */
export function isControlledBy(object: ObjectMeta, kind: string, owner: ObjectMeta): boolean {
  const reference = controllerOf(object);
  return (
    reference !== undefined &&
    object.namespace === owner.namespace &&
    reference.kind === kind &&
    reference.name === owner.name &&
    (reference.uid === '' || reference.uid === owner.uid)
  );
}
