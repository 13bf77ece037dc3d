import type { Declared } from '../../../datamodel/kubernetes/declared/declaredObject.ts';

/** The namespace an object is in: '' for kinds of the whole cluster. */
export function namespaceOf(object: Declared<string>): string {
  if (object.kind === 'Node' || object.kind === 'Namespace') return '';
  return object.metadata.namespace ?? 'default';
}

/** `Pod default/web`, `Node worker-01` */
export function describeObject(object: Declared<string>): string {
  const namespace = namespaceOf(object);
  const name = object.metadata.name ?? object.metadata.generateName ?? '';
  return `${object.kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
