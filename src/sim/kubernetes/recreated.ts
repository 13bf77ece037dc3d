import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import { publishEndpoints } from './publishEndpoints.ts';

/** The same Pods in sandboxes that are still to be made. What slices prove about who listens where is kept, the slices are not. */
export function recreated(cluster: ClusterObjects, seed: number): ClusterObjects {
  const { pods } = publishEndpoints(cluster, () => undefined, seed);
  const selecting = new Set(
    cluster.services.filter(({ selector }) => (selector?.size ?? 0) > 0).map(({ metadata }) => keyOf(metadata)),
  );
  return {
    ...cluster,
    pods: pods.map((pod) => (pod.hostNetwork ? pod : { ...pod, podIps: [] })),
    endpointSlices: cluster.endpointSlices.filter(
      ({ serviceName: name = '', metadata: { namespace } }) => !selecting.has(keyOf({ namespace, name })),
    ),
  };
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
