import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../../datamodel/kubernetes/endpointSlice.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { Service } from '../../../datamodel/kubernetes/service.ts';
import { familyOf, type IpAddress, type IpFamily } from '../../../wire/address.ts';
import { labelsInclude } from '../labelSelector.ts';
import { generateName, uidOf } from '../names.ts';

/** --max-endpoints-per-slice */
const MAX_ENDPOINTS = 100;
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';

/**
 * The EndpointSlices of a Service that selects Pods, of Pods that have their addresses: one set of slices for every way
 * that its ports come out, since a named port may be another number in another Pod.
 *
 * Source imitated: staging/src/k8s.io/endpointslice.
 */
function endpointSlicesOf(
  service: Service,
  pods: readonly Pod[],
  zones: ReadonlyMap<string, string | undefined>,
  seed: number,
): readonly EndpointSlice[] {
  const groups = new Map<
    string,
    { readonly family: IpFamily; readonly ports: readonly EndpointPort[]; readonly endpoints: Endpoint[] }
  >();
  for (const pod of pods) {
    if (!isEndpoint(pod, service)) continue;
    const ports = portsIn(pod, service);
    for (const family of familiesOf(service)) {
      const address = pod.podIps.find((candidate) => familyOf(candidate) === family);
      if (address === undefined) continue;
      const key = `${family} ${JSON.stringify(ports)}`;
      const group = groups.get(key) ?? { family, ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(pod, service, address, zones));
    }
  }
  const slices: EndpointSlice[] = [];
  const taken = new Set<string>();
  for (const { family, ports, endpoints } of groups.values()) {
    for (let start = 0; start < endpoints.length; start += MAX_ENDPOINTS) {
      const part = endpoints.slice(start, start + MAX_ENDPOINTS).map((endpoint) => withHints(endpoint, service));
      slices.push(newSlice(service, family, ports, part, taken, seed));
    }
  }
  // A Service without Pods has an empty slice all the same, which tells its port names to nobody.
  if (slices.length === 0) slices.push(newSlice(service, familiesOf(service)[0] ?? 'IPv4', [], [], taken, seed));
  return slices;
}

/** Whether anybody selects Pods for a Service. */
function selectsPods(service: Service): boolean {
  return service.selector !== undefined && service.selector.size > 0 && service.type !== 'ExternalName';
}

/** The slices of Services that had none, once the Pods have their addresses. */
export function missingSlices(objects: ClusterObjects, pods: readonly Pod[], seed: number): readonly EndpointSlice[] {
  const covered = new Set(objects.endpointSlices.map((slice) => `${slice.metadata.namespace}/${slice.serviceName}`));
  const zones = new Map(objects.nodes.map((node) => [node.metadata.name, node.zone]));
  const byNamespace = new Map<string, Pod[]>();
  for (const pod of pods) {
    const list = byNamespace.get(pod.metadata.namespace) ?? [];
    list.push(pod);
    byNamespace.set(pod.metadata.namespace, list);
  }
  return objects.services
    .filter((service) => selectsPods(service) && !covered.has(`${service.metadata.namespace}/${service.metadata.name}`))
    .flatMap((service) => endpointSlicesOf(service, byNamespace.get(service.metadata.namespace) ?? [], zones, seed));
}

/** endpointutil.ShouldPodBeInEndpoints: everything with an address that has not run its course. */
function isEndpoint(pod: Pod, service: Service): boolean {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed' || pod.nodeName === undefined) return false;
  return labelsInclude(pod.metadata.labels, service.selector ?? new Map());
}

function familiesOf(service: Service): readonly IpFamily[] {
  const families = [...new Set(service.clusterIps.map(familyOf))];
  return families.length > 0 ? families : ['IPv4'];
}

/** A port whose target a Pod does not have is left out for that Pod. */
function portsIn(pod: Pod, service: Service): readonly EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const { name, protocol, targetPort } of service.ports) {
    const port =
      typeof targetPort === 'number'
        ? targetPort
        : pod.ports.find((candidate) => candidate.name === targetPort && candidate.protocol === protocol)
            ?.containerPort;
    if (port !== undefined) ports.push({ name, protocol, port });
  }
  return ports;
}

function endpointOf(
  pod: Pod,
  service: Service,
  address: IpAddress,
  zones: ReadonlyMap<string, string | undefined>,
): Endpoint {
  const { namespace, name } = pod.metadata;
  // A host name counts only below the Service that the Pod names as its subdomain.
  const named = pod.hostname !== undefined && pod.subdomain === service.metadata.name;
  return {
    addresses: [address],
    ready: service.publishNotReadyAddresses || (pod.ready && !pod.terminating),
    serving: pod.ready,
    terminating: pod.terminating,
    nodeName: pod.nodeName,
    zone: zones.get(pod.nodeName ?? ''),
    hostname: named ? pod.hostname : undefined,
    pod: { namespace, name },
  };
}

/**
 * Who is to prefer the endpoint, as trafficDistribution wishes: clients of its zone, and of its node before them. Endpoints that
 * are not ready are nobody's choice (endpointslice/trafficdist).
 */
function withHints(endpoint: Endpoint, { trafficDistribution }: Service): Endpoint {
  if (trafficDistribution === undefined || !endpoint.ready) return endpoint;
  const zones = endpoint.zone === undefined ? [] : [endpoint.zone];
  const nodes = endpoint.nodeName === undefined ? [] : [endpoint.nodeName];
  // PreferClose is the older name of PreferSameZone.
  const hints = trafficDistribution === 'PreferSameNode' ? { zones, nodes } : { zones, nodes: [] };
  return hints.zones.length + hints.nodes.length === 0 ? endpoint : { ...endpoint, hints };
}

function newSlice(
  service: Service,
  addressType: IpFamily,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
  taken: Set<string>,
  seed: number,
): EndpointSlice {
  const { name: serviceName, namespace, uid } = service.metadata;
  const name = generateName(`${serviceName}-`, taken, seed, 'endpointslice', namespace);
  taken.add(name);
  const labels = new Map([
    [SERVICE_NAME_LABEL, serviceName],
    [MANAGED_BY_LABEL, 'endpointslice-controller.k8s.io'],
  ]);
  if (service.headless) labels.set('service.kubernetes.io/headless', '');
  return {
    metadata: {
      name,
      namespace,
      uid: uidOf(seed, 'EndpointSlice', namespace, name),
      labels,
      annotations: new Map(),
      ownerReferences: [{ kind: 'Service', name: serviceName, uid, controller: true }],
    },
    serviceName,
    addressType,
    ports,
    endpoints,
  };
}
