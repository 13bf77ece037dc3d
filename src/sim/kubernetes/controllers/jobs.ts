import type { DeclaredJob } from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import { completeMeta } from '../objectMeta.ts';
import { isActive, type PodDraft } from '../podDraft.ts';
import { isControlledBy } from './ownership.ts';
import type { PodFactory } from './podFactory.ts';

/** Makes the Pods that a Job has running at once: as many as it may in parallel, and no more than are left to complete. */
export function podsOfJob(
  job: DeclaredJob,
  pods: readonly PodDraft[],
  factory: PodFactory,
  seed: number,
): readonly PodDraft[] {
  const metadata = completeMeta(job, seed);
  const wanted = wantedPods(job);
  const mine = pods.filter((pod) => isControlledBy(pod.metadata, 'Job', metadata));
  const succeeded = mine.filter((pod) => pod.status?.phase === 'Succeeded').length;
  const active = mine.filter(isActive).length;
  const left = Math.max(0, (job.spec?.completions ?? Number.POSITIVE_INFINITY) - succeeded);
  const lacks = Math.max(0, Math.min(wanted, left) - active);
  const indexed = job.spec?.completionMode === 'Indexed';
  return Array.from({ length: lacks }, (_, n) => {
    const index = succeeded + active + n;
    const labels = new Map([
      ['batch.kubernetes.io/controller-uid', metadata.uid],
      ['batch.kubernetes.io/job-name', metadata.name],
      ['controller-uid', metadata.uid],
      ['job-name', metadata.name],
    ]);
    if (indexed) labels.set('batch.kubernetes.io/job-completion-index', String(index));
    // An indexed Job's Pods have their index in their names and host names.
    const owner = { kind: 'Job', metadata, writtenAs: `Job/${metadata.name}` };
    return factory.make({
      owner: indexed ? { ...owner, prefix: `${metadata.name}-${index}` } : owner,
      template: job.spec?.template,
      ordinal: index,
      labels,
      ...(indexed && { spec: { hostname: `${metadata.name}-${index}` } }),
    });
  });
}

/** Before anything has run; 0 for a Job that is suspended or over. */
export function wantedPods(job: DeclaredJob): number {
  const { suspend = false, parallelism = 1, completions } = job.spec ?? {};
  const over = job.status?.conditions?.some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  if (suspend || over === true) return 0;
  return Math.min(parallelism, completions ?? parallelism);
}
