import { flag, list, stringMap, struct, text } from '../goType.ts';

/** metav1.ObjectMeta; `selfLink` and `clusterName` still occur in old dumps. */
export const objectMeta = struct(
  'v1.ObjectMeta',
  {
    name: text,
    generateName: text,
    namespace: text,
    uid: text,
    labels: stringMap,
    annotations: stringMap,
    ownerReferences: list(
      struct('v1.OwnerReference', { kind: text, name: text, uid: text, controller: flag }, 'any'),
      'v1.OwnerReference',
    ),
    deletionTimestamp: text,
  },
  [
    'selfLink',
    'clusterName',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionGracePeriodSeconds',
    'finalizers',
    'managedFields',
  ],
);

const requirement = struct(
  'v1.LabelSelectorRequirement',
  { key: text, operator: text, values: list(text, 'string') },
  [],
);

export const labelSelector = struct(
  'v1.LabelSelector',
  { matchLabels: stringMap, matchExpressions: list(requirement, 'v1.LabelSelectorRequirement') },
  [],
);

/** The fields of every object beside its own. */
export const typeMeta = { apiVersion: text, kind: text, metadata: objectMeta } as const;
