import type { ManifestProblem } from '../../../datamodel/cluster/problem.ts';
import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import { readManifests } from '../../../manifests/readManifests.ts';
import { type IpAddress, ipAddress } from '../../../wire/address.ts';
import { completeCluster } from '../completeCluster.ts';
import { publishEndpoints } from '../publishEndpoints.ts';

/** Reads and completes manifests; Pods get made-up addresses, one after the other. */
export function load(
  text: string,
  seed = 1,
): { readonly cluster?: ClusterObjects; readonly problems: readonly ManifestProblem[] } {
  const read = readManifests([{ name: 'test.yaml', text }]);
  if (!read.ok) return { problems: read.error };
  const completed = completeCluster(read.value.objects, { seed });
  if (!completed.ok) return { problems: completed.error };
  let count = 0;
  const addressOf = (pod: Pod): IpAddress | undefined => {
    if (pod.nodeName === undefined) return undefined;
    count++;
    return ipAddress(`10.244.${100 + (count >> 8)}.${count & 255}`);
  };
  return { cluster: publishEndpoints(completed.value.cluster, addressOf, seed), problems: [] };
}

/** As {@link load}. @throws Error with the first problem, when there is one. */
export function loadCluster(text: string, seed = 1): ClusterObjects {
  const { cluster, problems } = load(text, seed);
  const [problem] = problems;
  if (cluster === undefined) throw new Error(`${problem?.line}: ${problem?.field}: ${problem?.message}`);
  return cluster;
}

/** One line a problem: `LINE FIELD: MESSAGE`. */
export function refusals(text: string): readonly string[] {
  return load(text).problems.map(({ line, field, message }) => `${line} ${field ?? ''}: ${message}`);
}
