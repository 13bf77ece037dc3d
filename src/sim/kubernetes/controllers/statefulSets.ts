import type { DeclaredStatefulSet } from '../../../datamodel/kubernetes/declared/declaredWorkload.ts';
import { templateHash } from '../names.ts';
import { completeMeta } from '../objectMeta.ts';
import type { PodDraft } from '../podDraft.ts';
import type { PodFactory } from './podFactory.ts';

/** Makes the Pods that a StatefulSet lacks: NAME-0 onward, each with a host name of its own. */
export function podsOfStatefulSet(
  set: DeclaredStatefulSet,
  pods: readonly PodDraft[],
  factory: PodFactory,
  seed: number,
): readonly PodDraft[] {
  const metadata = completeMeta(set, seed);
  const { replicas = 1, ordinals, serviceName, template } = set.spec ?? {};
  const start = ordinals?.start ?? 0;
  const there = new Set(
    pods.filter((pod) => pod.metadata.namespace === metadata.namespace).map((pod) => pod.metadata.name),
  );
  const revision = `${metadata.name}-${templateHash(seed, metadata.namespace, metadata.name, 'revision')}`;
  const made: PodDraft[] = [];
  for (let ordinal = start; ordinal < start + replicas; ordinal++) {
    const name = `${metadata.name}-${ordinal}`;
    if (there.has(name)) continue;
    made.push(
      factory.make({
        owner: { kind: 'StatefulSet', metadata },
        template,
        name,
        ordinal,
        labels: new Map([
          ['statefulset.kubernetes.io/pod-name', name],
          ['apps.kubernetes.io/pod-index', String(ordinal)],
          ['controller-revision-hash', revision],
        ]),
        spec: { hostname: name, ...(serviceName && { subdomain: serviceName }) },
      }),
    );
  }
  return made;
}
