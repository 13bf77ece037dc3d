import { err, ok, type Result } from '../base/result.ts';
import type { CniBackend } from '../datamodel/cluster/command.ts';
import type { ClusterObjects } from '../datamodel/kubernetes/clusterObjects.ts';
import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import type { DeclaredPod } from '../datamodel/kubernetes/declared/declaredPod.ts';
import { readManifests } from '../manifests/readManifests.ts';
import { podKey } from './controlplane/ipam/podAddresses.ts';
import { configuredCni, networkProvider, openNetwork } from './controlplane/network/providers.ts';
import { completeCluster } from './kubernetes/completeCluster.ts';
import { storedObjects } from './kubernetes/live/storedObjects.ts';
import { publishEndpoints } from './kubernetes/publishEndpoints.ts';
import { recreated } from './kubernetes/recreated.ts';
import { networkless } from './networkless.ts';
import type { PreparedCluster } from './prepareCluster.ts';

/**
 * How a cluster's Pods get their addresses from another CNI than the one that they have them from. A part of its own, so that a
 * page can open before it has loaded it.
 */
export type Readdress = (
  prepared: PreparedCluster,
  cni: CniBackend | undefined,
  seed: number,
) => Result<PreparedCluster, string>;

/**
 * Recreates the Pods under another CNI: its IPAM hands out addresses anew, EndpointSlices follow. Addresses that manifests give hold
 * under the CNI that the manifests set up. Everything that was done to the objects since stays.
 */
export const readdress: Readdress = ({ networkHistory: _, networkLists: __, ...prepared }, cni, seed) => {
  const { sources, running } = prepared;
  // Clusters without manifests come with all their addresses.
  if (sources.length === 0) return ok({ ...prepared, cni: openNetwork({ objects: prepared.objects, cni, seed }).cni });
  const manifests = readManifests(sources);
  if (!manifests.ok) return err('The manifests of this cluster can no longer be read');
  const objects = running ? withoutAddresses(running.stored, manifests.value.objects) : manifests.value.objects;
  const completed = completeCluster(objects, {
    seed,
    stored: true,
    namesGone: running?.namesGone ?? [],
    noNetwork: networkless(cni),
  });
  if (!completed.ok) return err(completed.error.map(({ message }) => message).join('; '));
  const { declared, drafts } = completed.value;
  const { network, nodes } = completed.value.cluster;
  const isBare = nodes.every((node) => networkless(cni)(network, node.metadata.name));
  const cluster =
    !isBare && holds(completed.value.cluster, cni) ? completed.value.cluster : recreated(completed.value.cluster, seed);
  const opened = openNetwork({ objects: cluster, cni, seed });
  const published = publishEndpoints(
    cluster,
    (pod) => {
      const given = opened.addresses.get(podKey(pod.metadata));
      return given?.ok ? given.address : undefined;
    },
    seed,
  );
  return ok({
    ...prepared,
    objects: { ...published, warnings: prepared.objects.warnings },
    cni: opened.cni,
    ...(running && {
      running: { ...running, stored: storedObjects(declared, drafts, published), ipam: opened.memory },
    }),
  });
};

/** Whether addresses that the objects give could have been handed out under a CNI. */
function holds({ network }: ClusterObjects, cni: CniBackend | undefined): boolean {
  const own = configuredCni(network);
  return networkProvider(cni ?? own).addressing === networkProvider(own).addressing;
}

/** Pods as they are stored, without the addresses that no manifest gave them. */
function withoutAddresses(
  stored: readonly DeclaredObject[],
  manifests: readonly DeclaredObject[],
): readonly DeclaredObject[] {
  const given = new Set(manifests.filter((object) => object.kind === 'Pod' && object.status?.podIP).map(keyOf));
  return stored.map((object) =>
    object.kind === 'Pod' && object.spec?.hostNetwork !== true && !given.has(keyOf(object))
      ? withoutAddress(object)
      : object,
  );
}

function withoutAddress(pod: DeclaredPod): DeclaredPod {
  if (pod.status === undefined) return pod;
  const { podIP: _, podIPs: __, ...status } = pod.status;
  return { ...pod, status };
}

function keyOf({ metadata }: DeclaredObject): string {
  return podKey({ namespace: metadata.namespace || 'default', name: metadata.name ?? '' });
}
