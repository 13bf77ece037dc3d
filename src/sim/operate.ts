import { err, ok, type Result } from '../base/result.ts';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import { readManifests } from '../manifests/readManifests.ts';
import { podKey } from './controlplane/ipam/podAddresses.ts';
import { isMissing, openNetwork } from './controlplane/network/providers.ts';
import { type CompletedCluster, completeCluster } from './kubernetes/completeCluster.ts';
import { changeObjects, type ObjectOperation } from './kubernetes/live/changeObjects.ts';
import { storedObjects } from './kubernetes/live/storedObjects.ts';
import { publishEndpoints } from './kubernetes/publishEndpoints.ts';
import { recreated } from './kubernetes/recreated.ts';
import { networkless } from './networkless.ts';
import type { PreparedCluster } from './prepareCluster.ts';
import type { RunningState } from './runningState.ts';

const SECOND = 1_000_000_000;

/** How a simulation changes its objects, at a virtual time. A part of its own, so that a page can open before it has loaded it. */
export type Operate = (
  prepared: PreparedCluster,
  operation: ObjectOperation,
  seed: number,
  time: number,
) => Result<PreparedCluster, string>;

/**
 * Does to a running cluster what a person or a probe does, and lets its controllers act on it: ReplicaSets make Pods, the
 * scheduler binds them, the CNI gives them addresses, EndpointSlices follow. Pods that stay keep everything they have.
 */
export const operate: Operate = (prepared, operation, seed, time) => {
  const running = prepared.running ?? begin(prepared, seed);
  if (running === undefined) return err('The manifests of this cluster can no longer be read');
  const changed = changeObjects(running.stored, prepared.objects, operation);
  return changed.ok ? controlled(prepared, { ...running, stored: changed.value }, seed, time) : changed;
};

/** Lets controllers and kubelets of a running cluster act on what has changed beside its objects. @param time virtual nanoseconds. */
export function settle(prepared: PreparedCluster, seed: number, time: number): Result<PreparedCluster, string> {
  const { networkLists: _, ...before } = prepared;
  const running = prepared.running ?? begin(before, seed);
  if (running === undefined) return err('The manifests of this cluster can no longer be read');
  return controlled(prepared, running, seed, time);
}

function controlled(
  prepared: PreparedCluster,
  running: RunningState,
  seed: number,
  time: number,
): Result<PreparedCluster, string> {
  const left = new Set(running.stored.filter(({ kind }) => kind === 'Pod').map(keyOf));
  const namesGone = [
    ...running.namesGone,
    ...prepared.objects.pods.map((pod) => podKey(pod.metadata)).filter((key) => !left.has(key)),
  ];
  const { cni, networkHistory: history, networkLists: lists } = prepared;
  const completed = completeCluster(running.stored, { seed, namesGone, noNetwork: networkless(cni, prepared) });
  if (!completed.ok) return err(completed.error.map(({ message }) => message).join('; '));
  const { cluster: given } = completed.value;
  const cluster = isMissing(cni) ? recreated(given, seed) : given;
  const now = time / SECOND;
  const { addresses, memory } = openNetwork({ objects: cluster, cni, seed, memory: running.ipam, now, history, lists });
  const published = publishEndpoints(
    cluster,
    (pod) => {
      const given = addresses.get(podKey(pod.metadata));
      return given?.ok ? given.address : undefined;
    },
    seed,
  );
  const objects = { ...published, warnings: prepared.objects.warnings };
  return ok({
    ...prepared,
    objects,
    running: {
      stored: storedObjects(completed.value.declared, completed.value.drafts, objects),
      namesGone,
      ipam: memory,
    },
  });
}

/** A cluster as it was loaded: what its manifests say, and the Pods that were made of them. */
function begin(prepared: PreparedCluster, seed: number): RunningState | undefined {
  const manifests = readManifests(prepared.sources);
  if (!manifests.ok) return undefined;
  const { cni, objects, networkHistory: history, networkLists: lists } = prepared;
  const completed = completeCluster(manifests.value.objects, { seed, noNetwork: networkless(cni, prepared) });
  if (!completed.ok) return undefined;
  const { declared, drafts }: CompletedCluster = completed.value;
  return {
    stored: storedObjects(declared, drafts, objects),
    namesGone: [],
    ipam: openNetwork({ objects, cni, seed, history, lists }).memory,
  };
}

function keyOf({ metadata }: DeclaredObject): string {
  return `${metadata.namespace || 'default'}/${metadata.name}`;
}
