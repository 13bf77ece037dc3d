import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import type { Pod, PodListener } from '../../datamodel/kubernetes/pod.ts';
import type { IpAddress } from '../../wire/address.ts';
import { missingSlices } from './controllers/endpointSlices.ts';

/**
 * Finishes a cluster whose Pods have been given addresses: kubelet reports them, and the EndpointSlice controller writes
 * them down for every Service that selects Pods and has no slices yet.
 *
 * @param addressOf what the CNI gave a Pod; asked only for Pods that have no address.
 */
export function publishEndpoints(
  objects: ClusterObjects,
  addressOf: (pod: Pod) => IpAddress | undefined,
  seed: number,
): ClusterObjects {
  const addressed = objects.pods.map((pod) => {
    const address = pod.podIps.length > 0 ? undefined : addressOf(pod);
    return address === undefined ? pod : { ...pod, podIps: [address] };
  });
  const endpointSlices = [...objects.endpointSlices, ...missingSlices(objects, addressed, seed)];
  return { ...objects, endpointSlices, pods: withSliceListeners(addressed, objects.endpointSlices) };
}

/** A given slice proves that the Pod behind it listens on the slice's ports. */
function withSliceListeners(pods: readonly Pod[], given: ClusterObjects['endpointSlices']): readonly Pod[] {
  const proven = new Map<string, PodListener[]>();
  for (const { ports, endpoints } of given) {
    for (const { pod } of endpoints) {
      if (pod === undefined) continue;
      const key = `${pod.namespace}/${pod.name}`;
      const list = proven.get(key) ?? [];
      proven.set(key, list);
      for (const { protocol, port } of ports) if (port !== undefined) list.push({ protocol, port });
    }
  }
  return pods.map((pod) => {
    const more = (proven.get(`${pod.metadata.namespace}/${pod.metadata.name}`) ?? []).filter(
      (listener, index, all) =>
        ![...pod.listens, ...all.slice(0, index)].some(
          ({ protocol, port }) => protocol === listener.protocol && port === listener.port,
        ),
    );
    return more.length === 0 ? pod : { ...pod, listens: [...pod.listens, ...more] };
  });
}
