import type { DeclaredLabelSelector } from '../../../datamodel/kubernetes/declared/declaredObject.ts';
import type { DeclaredPodTemplate } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import type {
  DeclaredDaemonSet,
  DeclaredDeployment,
  DeclaredJob,
  DeclaredReplicaSet,
  DeclaredStatefulSet,
} from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import type { Labels } from '../../../datamodel/kubernetes/objectMeta.ts';
import { selectorMatches } from '../labelSelector.ts';
import { admitLabels } from './admitMeta.ts';
import { admitPodSpec } from './admitPodSpec.ts';
import type { FieldErrors } from './fieldErrors.ts';

const NONE: Labels = new Map();

/** What an empty selector is told, kind by kind (pkg/apis/apps/validation/validation.go). */
const emptySelector = {
  Deployment: 'empty selector is invalid for deployment',
  ReplicaSet: 'empty selector is invalid for deployment',
  StatefulSet: 'empty selector is invalid for statefulset',
  DaemonSet: 'empty selector is invalid for daemonset',
} as const;

export function admitWorkload(
  workload: DeclaredDeployment | DeclaredReplicaSet | DeclaredStatefulSet | DeclaredDaemonSet,
  errors: FieldErrors,
): void {
  const { spec } = workload;
  if (workload.kind !== 'DaemonSet') admitCount(workload.spec?.replicas, 'spec.replicas', errors);
  const selector = spec?.selector;
  const size = (selector?.matchLabels?.size ?? 0) + (selector?.matchExpressions?.length ?? 0);
  if (selector === undefined) errors.required('spec.selector');
  else {
    admitSelector(selector, 'spec.selector', errors);
    if (size === 0) errors.invalid('spec.selector', {}, emptySelector[workload.kind]);
  }
  const labels = spec?.template?.metadata?.labels ?? NONE;
  if (size > 0 && !selectorMatches(selector, labels)) {
    errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  }
  admitTemplate(spec?.template, errors);
  const restartPolicy = spec?.template?.spec?.restartPolicy ?? 'Always';
  if (restartPolicy === 'Never' || restartPolicy === 'OnFailure') {
    errors.notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']);
  }
  if (workload.kind === 'StatefulSet') {
    admitCount(workload.spec?.ordinals?.start, 'spec.ordinals.start', errors);
  }
}

/** pkg/apis/batch/validation/validation.go */
export function admitJob(job: DeclaredJob, errors: FieldErrors): void {
  const { spec } = job;
  admitCount(spec?.parallelism, 'spec.parallelism', errors);
  admitCount(spec?.completions, 'spec.completions', errors);
  if (spec?.completionMode && !['NonIndexed', 'Indexed'].includes(spec.completionMode)) {
    errors.notSupported('spec.completionMode', spec.completionMode, ['NonIndexed', 'Indexed']);
  }
  if (spec?.completionMode === 'Indexed' && spec.completions === undefined) {
    errors.required('spec.completions', 'when completion mode is Indexed');
  }
  admitTemplate(spec?.template, errors);
  // A template that says nothing has been defaulted to Always by the time it is looked at.
  if ((spec?.template?.spec?.restartPolicy ?? 'Always') === 'Always') {
    errors.required('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"');
  }
}

function admitTemplate(template: DeclaredPodTemplate | undefined, errors: FieldErrors): void {
  admitLabels(template?.metadata?.labels, 'spec.template.metadata.labels', errors);
  admitPodSpec(template?.spec, 'spec.template.spec', errors);
}

function admitSelector(selector: DeclaredLabelSelector, field: string, errors: FieldErrors): void {
  admitLabels(selector.matchLabels, `${field}.matchLabels`, errors);
  selector.matchExpressions?.forEach(({ operator = '', values = [] }, index) => {
    const at = `${field}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      }
    } else errors.invalid(`${at}.operator`, operator, 'not a valid selector operator');
  });
}

function admitCount(value: number | undefined, field: string, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(field, value, 'must be greater than or equal to 0');
}
