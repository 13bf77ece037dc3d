import { err, ok, type Result } from '../base/result.ts';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import type { Pod } from '../datamodel/kubernetes/pod.ts';
import { readManifests } from '../manifests/readManifests.ts';
import type { IpAddress } from '../wire/address.ts';
import { assignPodAddresses, podKey } from './controlplane/ipam/podAddresses.ts';
import { type CompletedCluster, completeCluster } from './kubernetes/completeCluster.ts';
import { changeObjects, type ObjectOperation } from './kubernetes/live/changeObjects.ts';
import { storedObjects } from './kubernetes/live/storedObjects.ts';
import { publishEndpoints } from './kubernetes/publishEndpoints.ts';
import type { PreparedCluster } from './prepareCluster.ts';
import type { RunningState } from './runningState.ts';

/** How a simulation changes its objects. A part of its own, so that a page can open before it has loaded it. */
export type Operate = (
  prepared: PreparedCluster,
  operation: ObjectOperation,
  seed: number,
) => Result<PreparedCluster, string>;

/**
 * Does to a running cluster what a person or a probe does, and lets its controllers act on it: ReplicaSets make Pods, the
 * scheduler binds them, the CNI gives them addresses, EndpointSlices follow. Pods that stay keep everything they have.
 */
export const operate: Operate = (prepared, operation, seed) => {
  const running = prepared.running ?? begin(prepared, seed);
  if (running === undefined) return err('The manifests of this cluster can no longer be read');
  const changed = changeObjects(running.stored, prepared.objects, operation);
  if (!changed.ok) return changed;
  const left = new Set(changed.value.filter(({ kind }) => kind === 'Pod').map(keyOf));
  const namesGone = [
    ...running.namesGone,
    ...prepared.objects.pods.map((pod) => podKey(pod.metadata)).filter((key) => !left.has(key)),
  ];
  const completed = completeCluster(changed.value, { seed, namesGone });
  if (!completed.ok) return err(completed.error.map(({ message }) => message).join('; '));
  const { cluster } = completed.value;
  const addresses = assignPodAddresses(cluster.nodes, cluster.pods, running.lastHandedOut);
  const handedOut = new Map(running.lastHandedOut);
  const addressOf = (pod: Pod): IpAddress | undefined => {
    const given = addresses.get(podKey(pod.metadata));
    if (!given?.ok) return undefined;
    if (pod.nodeName !== undefined && !pod.hostNetwork) handedOut.set(pod.nodeName, given.address);
    return given.address;
  };
  const objects = { ...publishEndpoints(cluster, addressOf, seed), warnings: prepared.objects.warnings };
  return ok({
    ...prepared,
    objects,
    running: {
      stored: storedObjects(completed.value.declared, completed.value.drafts, objects),
      namesGone,
      lastHandedOut: handedOut,
    },
  });
};

/** A cluster as it was loaded: what its manifests say, and the Pods that were made of them. */
function begin(prepared: PreparedCluster, seed: number): RunningState | undefined {
  const manifests = readManifests(prepared.sources);
  if (!manifests.ok) return undefined;
  const completed = completeCluster(manifests.value.objects, { seed });
  if (!completed.ok) return undefined;
  const { declared, drafts }: CompletedCluster = completed.value;
  return {
    stored: storedObjects(declared, drafts, prepared.objects),
    namesGone: [],
    lastHandedOut: lastOf(prepared.objects.pods),
  };
}

/** The address of each node's last Pod: host-local hands them out in order. */
function lastOf(pods: readonly Pod[]): ReadonlyMap<string, IpAddress> {
  const last = new Map<string, IpAddress>();
  for (const { nodeName, hostNetwork, podIps } of pods) {
    const [address] = podIps;
    if (nodeName !== undefined && !hostNetwork && address !== undefined) last.set(nodeName, address);
  }
  return last;
}

function keyOf({ metadata }: DeclaredObject): string {
  return `${metadata.namespace || 'default'}/${metadata.name}`;
}
