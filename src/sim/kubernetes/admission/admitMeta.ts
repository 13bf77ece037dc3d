import type { Declared } from '../../../datamodel/kubernetes/declared/declaredObject.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';
import { isClusterWide } from './describeObject.ts';
import type { FieldErrors } from './fieldErrors.ts';
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  type NameCheck,
} from './names.ts';

/** Which names a kind's objects may have; all others are DNS subdomains. */
const nameChecks: ReadonlyMap<string, NameCheck> = new Map([
  ['Namespace', isDns1123Label],
  ['Service', isDns1035Label],
  ['StatefulSet', isDns1123Label],
]);

/** ValidateObjectMeta (apimachinery/pkg/api/validation/objectmeta.go). */
export function admitMeta(object: Declared<string>, errors: FieldErrors): void {
  const { name, generateName, namespace, labels, annotations } = object.metadata;
  const check = nameChecks.get(object.kind) ?? isDns1123Subdomain;
  if (name !== undefined && name !== '') {
    for (const error of check(name)) errors.invalid('metadata.name', name, error);
  } else if (generateName === undefined || generateName === '') {
    errors.required('metadata.name', 'name or generateName is required');
  } else {
    // A generated name goes on after the prefix, so the prefix alone may end in a hyphen.
    for (const error of check(`${generateName}a`)) errors.invalid('metadata.generateName', generateName, error);
  }
  const clusterWide = isClusterWide(object.kind);
  if (namespace !== undefined && namespace !== '') {
    if (clusterWide) errors.forbidden('metadata.namespace', 'not allowed on this type');
    else for (const error of isDns1123Label(namespace)) errors.invalid('metadata.namespace', namespace, error);
  }
  admitLabels(labels, 'metadata.labels', errors);
  for (const key of annotations?.keys() ?? []) {
    for (const error of isQualifiedName(key.toLowerCase())) {
      errors.invalid('metadata.annotations', key, error, `metadata.annotations[${key}]`);
    }
  }
}

/** ValidateLabels: of objects, templates and selectors alike. */
export function admitLabels(labels: Labels | undefined, field: string, errors: FieldErrors): void {
  for (const [key, value] of labels ?? []) {
    for (const error of isQualifiedName(key)) errors.invalid(field, key, error, `${field}[${key}]`);
    for (const error of isLabelValue(value)) errors.invalid(field, value, error, `${field}[${key}]`);
  }
}
