import type { DeclaredObject } from '../../datamodel/kubernetes/declared/declaredObjects.ts';
import { namespaceOf } from './admission/describeObject.ts';
import { generateName } from './names.ts';

/** Gives a name to the objects that have a prefix for one (metadata.generateName). */
export function nameObjects(objects: readonly DeclaredObject[], seed: number): readonly DeclaredObject[] {
  const taken = new Map<string, Set<string>>();
  const namesOf = (object: DeclaredObject): Set<string> => {
    const key = `${object.kind}/${namespaceOf(object)}`;
    const names = taken.get(key) ?? new Set<string>();
    taken.set(key, names);
    return names;
  };
  for (const object of objects) if (object.metadata.name) namesOf(object).add(object.metadata.name);
  return objects.map((object, index) => {
    if (object.metadata.name) return object;
    const names = namesOf(object);
    const name = generateName(object.metadata.generateName ?? '', names, seed, object.kind, namespaceOf(object), index);
    names.add(name);
    return { ...object, metadata: { ...object.metadata, name } };
  });
}
