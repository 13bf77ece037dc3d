import { flag, int32, struct, text, unread } from '../goType.ts';
import { labelSelector, typeMeta } from './metaSchema.ts';
import { conditions, podTemplate } from './podSchema.ts';

const scaled = { replicas: int32, selector: labelSelector, template: podTemplate } as const;

export const deployment = struct(
  'v1.Deployment',
  {
    ...typeMeta,
    spec: struct('v1.DeploymentSpec', scaled, [
      'strategy',
      'minReadySeconds',
      'revisionHistoryLimit',
      'paused',
      'progressDeadlineSeconds',
    ]),
    status: unread,
  },
  [],
);

export const replicaSet = struct(
  'v1.ReplicaSet',
  { ...typeMeta, spec: struct('v1.ReplicaSetSpec', scaled, ['minReadySeconds']), status: unread },
  [],
);

export const statefulSet = struct(
  'v1.StatefulSet',
  {
    ...typeMeta,
    spec: struct(
      'v1.StatefulSetSpec',
      { ...scaled, serviceName: text, ordinals: struct('v1.StatefulSetOrdinals', { start: int32 }, []) },
      [
        'volumeClaimTemplates',
        'podManagementPolicy',
        'updateStrategy',
        'revisionHistoryLimit',
        'minReadySeconds',
        'persistentVolumeClaimRetentionPolicy',
      ],
    ),
    status: unread,
  },
  [],
);

export const daemonSet = struct(
  'v1.DaemonSet',
  {
    ...typeMeta,
    spec: struct('v1.DaemonSetSpec', { selector: labelSelector, template: podTemplate }, [
      'updateStrategy',
      'minReadySeconds',
      'revisionHistoryLimit',
      'templateGeneration',
    ]),
    status: unread,
  },
  [],
);

export const job = struct(
  'v1.Job',
  {
    ...typeMeta,
    spec: struct(
      'v1.JobSpec',
      { parallelism: int32, completions: int32, completionMode: text, suspend: flag, template: podTemplate },
      [
        'activeDeadlineSeconds',
        'podFailurePolicy',
        'successPolicy',
        'backoffLimit',
        'backoffLimitPerIndex',
        'maxFailedIndexes',
        'selector',
        'manualSelector',
        'ttlSecondsAfterFinished',
        'podReplacementPolicy',
        'managedBy',
      ],
    ),
    status: struct('v1.JobStatus', { conditions }, 'any'),
  },
  [],
);
