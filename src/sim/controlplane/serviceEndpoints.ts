import { keptWith } from '../../base/kept.ts';
import type { ServiceView } from '../../datamodel/cluster/view.ts';
import type { EndpointSlice } from '../../datamodel/kubernetes/endpointSlice.ts';

export type ServiceEndpointView = ServiceView['endpoints'][number];

/** What stands behind each Service (`namespace/name`): one entry an address and port. */
export const serviceEndpoints = keptWith(collectEndpoints);

function collectEndpoints(slices: readonly EndpointSlice[]): ReadonlyMap<string, readonly ServiceEndpointView[]> {
  const services = new Map<string, ServiceEndpointView[]>();
  for (const slice of slices) {
    if (slice.serviceName === undefined) continue;
    const key = `${slice.metadata.namespace}/${slice.serviceName}`;
    const found = services.get(key) ?? [];
    services.set(key, found);
    for (const { name, port } of slice.ports) {
      if (port === undefined) continue;
      for (const { addresses, ready, pod } of slice.endpoints) {
        const address = addresses[0];
        if (address === undefined) continue;
        found.push({
          address,
          port,
          ...(name === '' ? {} : { portName: name }),
          ready,
          ...(pod ? { pod: `${pod.namespace}/${pod.name}` } : {}),
        });
      }
    }
  }
  return services;
}
