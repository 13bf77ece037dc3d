import { err, ok, type Result } from '../base/result.ts';
import type { ClusterSettings, InPlace } from '../datamodel/cluster/command.ts';
import type { Cluster } from './cluster.ts';
import type { Configuration } from './configuration.ts';
import type { Found } from './course.ts';

/**
 * What agents of a running cluster make of other settings.
 * @param inPlace a CNI is applied to the cluster as it is; absent: agents are started again with settings that they take up.
 * @returns why it cannot be done, where it cannot.
 */
export function reconfigured(
  found: Found,
  settings: Partial<ClusterSettings>,
  inPlace: InPlace | undefined,
): Result<Configuration, string> {
  const { cluster, edits } = found.configuration;
  const changed = inPlace ? cluster.inPlace(settings, inPlace.node) : liveChange(cluster, settings);
  if (!changed.ok) return changed;
  const next = changed.value.synced(cluster, found);
  return ok(found.configuration.on(next).with(edits.settled((id) => next.netns(id))));
}

/** What agents take up, unless the CNI cannot have it beside it. */
function liveChange(cluster: Cluster, settings: Partial<ClusterSettings>): Result<Cluster, string> {
  const problem = cluster.contradiction(settings);
  return problem === undefined ? ok(cluster.restarted(settings)) : err(problem);
}
