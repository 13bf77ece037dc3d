import { keptWith, once } from '../../../base/kept.ts';
import type { Endpoint, EndpointSlice } from '../../../datamodel/kubernetes/endpointSlice.ts';
import type { Protocol } from '../../../datamodel/kubernetes/objectMeta.ts';
import type { Service, ServicePort } from '../../../datamodel/kubernetes/service.ts';
import type { TransportName } from '../../../datamodel/network/netfilter.ts';
import { familyOf, type IpAddress, type IpFamily } from '../../../wire/address.ts';
import type { EndpointInfo, ServicePortInfo } from './servicePort.ts';

const TRANSPORT: Readonly<Record<Protocol, TransportName>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

/** Kept as long as the objects are, which never change: every mode asks for the same. */
const mapsOf = keptWith((services: readonly Service[]) =>
  keptWith((slices: readonly EndpointSlice[]) => ({
    IPv4: once(() => makeServiceMap(services, slices, 'IPv4')),
    IPv6: once(() => makeServiceMap(services, slices, 'IPv6')),
  })),
);

/**
 * The Services and EndpointSlices as a proxy of one family sees them: one entry a service port, in the order of the
 * objects (the real one's is a Go map's, which is none). Headless Services and ExternalNames are none of its business
 * (pkg/proxy/servicechangetracker.go, endpointslicecache.go).
 */
export function serviceMap(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  family: IpFamily,
): readonly ServicePortInfo[] {
  return mapsOf(services)(slices)[family]();
}

function makeServiceMap(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  family: IpFamily,
): readonly ServicePortInfo[] {
  const endpoints = endpointMap(slices, family);
  const ports: ServicePortInfo[] = [];
  for (const service of services) {
    if (service.headless || service.type === 'ExternalName') continue;
    const clusterIp = service.clusterIps.find((address) => familyOf(address) === family);
    if (clusterIp === undefined) continue;
    for (const port of service.ports) {
      const found = endpoints.get(portKey(namespacedName(service), port.name, port.protocol));
      ports.push(servicePortInfo(service, port, clusterIp, found ? [...found.values()] : []));
    }
  }
  return ports;
}

function servicePortInfo(
  service: Service,
  port: ServicePort,
  clusterIp: IpAddress,
  endpoints: EndpointInfo[],
): ServicePortInfo {
  const family = familyOf(clusterIp);
  const ofFamily = (address: IpAddress): boolean => familyOf(address) === family;
  const external = service.type !== 'ClusterIP' || service.externalIps.length > 0;
  const externalPolicyLocal = external && service.externalTrafficPolicy === 'Local';
  return {
    name: port.name === '' ? namespacedName(service) : `${namespacedName(service)}:${port.name}`,
    protocol: TRANSPORT[port.protocol],
    clusterIp,
    port: port.port,
    nodePort: port.nodePort ?? 0,
    externalIps: service.externalIps.filter(ofFamily),
    loadBalancerVips: service.loadBalancerIngress
      .filter((ingress) => ingress.ipMode === 'VIP' && ofFamily(ingress.ip))
      .map((ingress) => ingress.ip),
    sourceRanges: service.loadBalancerSourceRanges.filter((range) => ofFamily(range.address)),
    healthCheckNodePort:
      service.type === 'LoadBalancer' && externalPolicyLocal ? (service.healthCheckNodePort ?? 0) : 0,
    externalPolicyLocal,
    internalPolicyLocal: service.internalTrafficPolicy === 'Local',
    affinitySeconds: service.sessionAffinity === 'ClientIP' ? service.sessionAffinityTimeoutSeconds : undefined,
    hinted: endpoints.some(({ zoneHints, nodeHints }) => zoneHints.length > 0 || nodeHints.length > 0),
    endpoints: endpoints.sort((a, b) => compareText(a.text, b.text)),
  };
}

type EndpointMap = ReadonlyMap<string, ReadonlyMap<string, EndpointInfo>>;

/** Endpoints by service port, then by `ip:port`; slices of one Service are joined. */
function endpointMap(slices: readonly EndpointSlice[], family: IpFamily): EndpointMap {
  const map = new Map<string, Map<string, EndpointInfo>>();
  for (const slice of slices) {
    if (slice.addressType !== family || slice.serviceName === undefined) continue;
    const service = `${slice.metadata.namespace}/${slice.serviceName}`;
    for (const port of slice.ports) {
      if (port.port === undefined || port.port === 0) continue;
      const key = portKey(service, port.name, port.protocol);
      const known = map.get(key) ?? new Map<string, EndpointInfo>();
      map.set(key, known);
      for (const endpoint of slice.endpoints) {
        const info = endpointInfo(endpoint, port.port);
        // Two slices may name one endpoint while it moves between them: the ready one is the newer truth.
        if (info && !known.get(info.text)?.ready) known.set(info.text, info);
      }
    }
  }
  return map;
}

function endpointInfo(endpoint: Endpoint, port: number): EndpointInfo | undefined {
  // Consumers only ever use the first address (discovery/v1 types.go).
  const address = endpoint.addresses[0];
  if (address === undefined) return undefined;
  return {
    address,
    port,
    text: familyOf(address) === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
    nodeName: endpoint.nodeName,
    ready: endpoint.ready,
    serving: endpoint.serving,
    terminating: endpoint.terminating,
    zoneHints: endpoint.hints?.zones ?? [],
    nodeHints: endpoint.hints?.nodes ?? [],
  };
}

function namespacedName(service: Service): string {
  return `${service.metadata.namespace}/${service.metadata.name}`;
}

function portKey(service: string, port: string, protocol: Protocol): string {
  return `${service}:${port}/${protocol}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
