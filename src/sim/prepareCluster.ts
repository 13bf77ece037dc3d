import { ok, type Result } from '../base/result.ts';
import type { CniBackend, ManifestSource } from '../datamodel/cluster/command.ts';
import type { IgnoredObject, ManifestProblem } from '../datamodel/cluster/problem.ts';
import type { ClusterObjects } from '../datamodel/kubernetes/clusterObjects.ts';
import { readManifests } from '../manifests/readManifests.ts';
import { podKey } from './controlplane/ipam/podAddresses.ts';
import type { NetworkLists } from './controlplane/network/lists/networkLists.ts';
import type { NetworkHistory } from './controlplane/network/networkHistory.ts';
import { openNetwork } from './controlplane/network/providers.ts';
import { completeCluster } from './kubernetes/completeCluster.ts';
import { publishEndpoints } from './kubernetes/publishEndpoints.ts';
import { recreated } from './kubernetes/recreated.ts';
import { networkless } from './networkless.ts';
import type { RunningState } from './runningState.ts';

/** Manifests and what the API server, the controllers and IPAM made of them. Plain data: nothing in it needs a parser. */
export interface PreparedCluster {
  readonly sources: readonly ManifestSource[];
  readonly objects: ClusterObjects;
  readonly ignored: readonly IgnoredObject[];
  /** The backend by which the Pods have got their addresses. */
  readonly cni: CniBackend;
  /** CNIs that were put one over the other on the running cluster; absent: it was built with the one that it has. */
  readonly networkHistory?: NetworkHistory;
  /** Network configuration lists that people wrote on the running cluster's nodes; absent: nobody did. */
  readonly networkLists?: NetworkLists;
  /** What has come about since: absent while nothing has been operated on. */
  readonly running?: RunningState;
}

/**
 * How a simulation reads manifests, for a backend that is wanted or else the one that they set up. A part of its own, so that a
 * page can open before it has loaded a YAML parser.
 */
export type PrepareCluster = (
  sources: readonly ManifestSource[],
  seed: number,
  cni?: CniBackend,
) => Result<PreparedCluster, readonly ManifestProblem[]>;

/** Reads manifests and completes the cluster they describe. @returns every problem when anything in them is wrong. */
export const prepareCluster: PrepareCluster = (sources, seed, cni) => prepare(sources, seed, cni, false);

/** As {@link prepareCluster}, for objects that an API server has already: what it would refuse today is in force all the same. */
export const prepareStored: PrepareCluster = (sources, seed, cni) => prepare(sources, seed, cni, true);

function prepare(
  sources: readonly ManifestSource[],
  seed: number,
  wanted: CniBackend | undefined,
  stored: boolean,
): ReturnType<PrepareCluster> {
  const manifests = readManifests(sources);
  if (!manifests.ok) return manifests;
  const completed = completeCluster(manifests.value.objects, { seed, stored, noNetwork: networkless(wanted) });
  if (!completed.ok) return completed;
  const given = completed.value.cluster;
  const withoutNetwork = networkless(wanted);
  const isBare = given.nodes.every((node) => withoutNetwork(given.network, node.metadata.name));
  const cluster = isBare ? recreated(given, seed) : given;
  const { addresses, cni } = openNetwork({ objects: cluster, cni: wanted, seed });
  const objects = publishEndpoints(
    cluster,
    (pod) => {
      const given = addresses.get(podKey(pod.metadata));
      return given?.ok ? given.address : undefined;
    },
    seed,
  );
  return ok({ sources, objects, ignored: manifests.value.ignored, cni });
}
