import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import type { IpAddress } from '../../../../wire/address.ts';

/** The same cluster with other addresses of nodes, in all that says where they are: Nodes, their own Pods, endpoints. */
export function renumber(objects: ClusterObjects, moved: ReadonlyMap<IpAddress, IpAddress>): ClusterObjects {
  if (moved.size === 0) return objects;
  const now = (address: IpAddress): IpAddress => moved.get(address) ?? address;
  return {
    ...objects,
    nodes: objects.nodes.map((node) => ({ ...node, internalIps: node.internalIps.map(now) })),
    pods: objects.pods.map((pod) => (pod.hostNetwork ? { ...pod, podIps: pod.podIps.map(now) } : pod)),
    endpointSlices: objects.endpointSlices.map((slice) =>
      slice.endpoints.some(({ addresses }) => addresses.some((address) => moved.has(address)))
        ? {
            ...slice,
            endpoints: slice.endpoints.map((endpoint) => ({ ...endpoint, addresses: endpoint.addresses.map(now) })),
          }
        : slice,
    ),
  };
}
