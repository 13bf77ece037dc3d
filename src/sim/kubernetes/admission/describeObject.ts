import type { Declared } from '../../../datamodel/kubernetes/declared/declaredObject.ts';

const CLUSTER_WIDE: ReadonlySet<string> = new Set([
  'Node',
  'Namespace',
  'IPPool',
  'Installation',
  'BGPConfiguration',
  'BGPPeer',
  'FelixConfiguration',
  'IPAMConfiguration',
  'ENIConfig',
]);

/** Whether objects of a kind are in no namespace. */
export function isClusterWide(kind: string): boolean {
  return CLUSTER_WIDE.has(kind);
}

/** The namespace an object is in: '' for kinds of the whole cluster. */
export function namespaceOf(object: Declared<string>): string {
  if (isClusterWide(object.kind)) return '';
  return object.metadata.namespace ?? 'default';
}

/** `Pod default/web`, `Node worker-01` */
export function describeObject(object: Declared<string>): string {
  const namespace = namespaceOf(object);
  const name = object.metadata.name ?? object.metadata.generateName ?? '';
  return `${object.kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
