import { keptWith } from '../../../base/kept.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import type { Owner } from '../../../datamodel/network/tables.ts';
import type { ClusterPlan } from '../clusterPlan.ts';
import { serviceMap } from './serviceMap.ts';
import type { ServicePortInfo } from './servicePort.ts';

/**
 * What every mode's proxy listens on, by node: load balancers ask each node whether it has endpoints of its own, and the
 * proxy itself answers (pkg/proxy/healthcheck/service_health.go).
 */
export function healthChecks({ objects }: ClusterPlan, owner: Owner): (nodeName: string) => readonly Listener[] {
  const services = (['IPv4', 'IPv6'] as const)
    .map((family) => serviceMap(objects.services, objects.endpointSlices, family))
    .flatMap(checkedServices);
  return (nodeName) => listenersOn(nodeName, services, owner);
}

/** Few of many, for every mode. */
const checkedServices = keptWith((services: readonly ServicePortInfo[]) =>
  services.filter(({ healthCheckNodePort }) => healthCheckNodePort !== 0),
);

function listenersOn(nodeName: string, services: readonly ServicePortInfo[], owner: Owner): readonly Listener[] {
  const counted = new Map<number, { readonly service: string; localEndpoints: number }>();
  for (const service of services) {
    const port = service.healthCheckNodePort;
    const [name = ''] = service.name.split(':');
    const known = counted.get(port) ?? { service: name, localEndpoints: 0 };
    counted.set(port, known);
    // The ports of a Service share their endpoints' Pods: the most that one of them has.
    known.localEndpoints = Math.max(known.localEndpoints, readyOn(service, nodeName));
  }
  return [...counted].map(([port, { service, localEndpoints }]) => ({
    id: `tcp/${port}/${owner}`,
    owner,
    protocol: 'tcp',
    port,
    program: { type: 'health', service, localEndpoints },
  }));
}

/** Terminating endpoints do not count: traffic is to be drained from them (EndpointsMap.LocalReadyEndpoints). */
function readyOn({ endpoints }: ServicePortInfo, nodeName: string): number {
  return endpoints.filter((endpoint) => endpoint.ready && endpoint.nodeName === nodeName).length;
}
