import type { ManifestProblem } from '../../datamodel/cluster/problem.ts';
import type { DeclaredService, DeclaredServicePort } from '../../datamodel/kubernetes/declared/declaredService.ts';
import type { NetworkConfig } from '../../datamodel/kubernetes/networkConfig.ts';
import type { Protocol } from '../../datamodel/kubernetes/objectMeta.ts';
import type {
  LoadBalancerIngress,
  Service,
  ServicePort,
  ServiceType,
  TrafficPolicy,
} from '../../datamodel/kubernetes/service.ts';
import { familyOf, type IpAddress, parseSloppyIpAddress, parseSloppyIpPrefix } from '../../wire/address.ts';
import { clusterIpsOf } from './admission/admitService.ts';
import { FieldErrors } from './admission/fieldErrors.ts';
import { ClusterIpAllocator } from './allocation/clusterIps.ts';
import { NodePortAllocator } from './allocation/nodePorts.ts';
import { completeMeta } from './objectMeta.ts';

/**
 * Services with the addresses and ports that the API server gives them. What somebody asked for by number is given out
 * first, so that the order of documents decides nothing.
 */
export function completeServices(
  declared: readonly DeclaredService[],
  network: NetworkConfig,
  seed: number,
  problems: ManifestProblem[],
): readonly Service[] {
  const addresses = new ClusterIpAllocator(network.serviceCidr, seed);
  const ports = new NodePortAllocator(network.nodePortRange, seed);
  for (const service of declared) reserve(service, addresses, ports, new FieldErrors(service, problems));
  return declared.map((service) => complete(service, addresses, ports, seed, new FieldErrors(service, problems)));
}

function keyOf(service: DeclaredService): string {
  return `${service.metadata.namespace ?? 'default'}/${service.metadata.name ?? service.metadata.generateName ?? ''}`;
}

function reserve(
  service: DeclaredService,
  addresses: ClusterIpAllocator,
  ports: NodePortAllocator,
  errors: FieldErrors,
): void {
  const given = clusterIpsOf(service);
  const at = service.spec?.clusterIPs?.length ? 'spec.clusterIPs' : 'spec.clusterIP';
  for (const text of given) {
    const address = parseSloppyIpAddress(text);
    // The second family's range is not configured here; its addresses are kept as they are.
    if (address === undefined || familyOf(address) === 'IPv6') continue;
    const refusal = addresses.reserve(address);
    if (refusal !== undefined)
      errors.invalid('spec.clusterIPs', given, `failed to allocate IP ${text}: ${refusal}`, at);
  }
  service.spec?.ports?.forEach(({ nodePort }, index) => {
    const refusal = nodePort ? ports.reserve(nodePort, keyOf(service)) : undefined;
    if (refusal !== undefined) errors.invalid(`spec.ports[${index}].nodePort`, nodePort, refusal);
  });
  const health = service.spec?.healthCheckNodePort;
  const refusal = health ? ports.reserve(health, `${keyOf(service)}/health`) : undefined;
  if (refusal !== undefined) {
    errors.invalid(
      'spec.healthCheckNodePort',
      health,
      `failed to allocate requested HealthCheck NodePort ${health}: ${refusal}`,
    );
  }
}

function complete(
  service: DeclaredService,
  addresses: ClusterIpAllocator,
  ports: NodePortAllocator,
  seed: number,
  errors: FieldErrors,
): Service {
  const spec = service.spec ?? {};
  const type = (spec.type || 'ClusterIP') as ServiceType;
  const given = clusterIpsOf(service);
  const headless = given[0] === 'None';
  const external = type === 'NodePort' || type === 'LoadBalancer';
  const externalTrafficPolicy = (spec.externalTrafficPolicy || 'Cluster') as TrafficPolicy;
  const healthChecked = type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
  const sessionAffinity = spec.sessionAffinity === 'ClientIP' ? 'ClientIP' : 'None';
  return {
    metadata: completeMeta(service, seed),
    type,
    clusterIps: type === 'ExternalName' || headless ? [] : clusterIps(given, service, addresses, errors),
    headless: headless && type !== 'ExternalName',
    externalName: type === 'ExternalName' ? spec.externalName?.replace(/\.$/, '') : undefined,
    selector: spec.selector,
    ports: completePorts(service, external && spec.allocateLoadBalancerNodePorts !== false, ports, errors),
    externalIps: (spec.externalIPs ?? []).map(parseSloppyIpAddress).filter((address) => address !== undefined),
    loadBalancerIngress: type === 'LoadBalancer' ? ingressOf(service) : [],
    loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? [])
      .map((text) => parseSloppyIpPrefix(text.trim()))
      .filter((prefix) => prefix !== undefined),
    externalTrafficPolicy,
    internalTrafficPolicy: (spec.internalTrafficPolicy || 'Cluster') as TrafficPolicy,
    healthCheckNodePort: healthChecked
      ? spec.healthCheckNodePort || ports.allocate(`${keyOf(service)}/health`, 'health', 0)
      : undefined,
    sessionAffinity,
    sessionAffinityTimeoutSeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800,
    publishNotReadyAddresses: spec.publishNotReadyAddresses ?? false,
    trafficDistribution: spec.trafficDistribution,
  };
}

function clusterIps(
  given: readonly string[],
  service: DeclaredService,
  addresses: ClusterIpAllocator,
  errors: FieldErrors,
): readonly IpAddress[] {
  const parsed = given.map(parseSloppyIpAddress).filter((address) => address !== undefined);
  if (parsed.length > 0) return parsed;
  const address = addresses.allocate(keyOf(service));
  if (address !== undefined) return [address];
  errors.whole('Internal error occurred: failed to allocate a serviceIP: range is full');
  return [];
}

function completePorts(
  service: DeclaredService,
  needNodePorts: boolean,
  allocator: NodePortAllocator,
  errors: FieldErrors,
): readonly ServicePort[] {
  const declared = service.spec?.ports ?? [];
  const type = service.spec?.type || 'ClusterIP';
  const byPort = new Map<number, number>();
  for (const { port = 0, nodePort } of declared) if (nodePort) byPort.set(port, byPort.get(port) ?? nodePort);
  return declared.map((port, index) => {
    const number = port.port ?? 0;
    let nodePort = type === 'ClusterIP' || type === 'ExternalName' ? undefined : port.nodePort || undefined;
    if (needNodePorts && nodePort === undefined) {
      // Two protocols on one port share the node port, too.
      nodePort = byPort.get(number) ?? allocator.allocate(keyOf(service), protocolOf(port), number);
      if (nodePort === undefined) {
        errors.invalid(`spec.ports[${index}].nodePort`, 0, 'failed to allocate a nodePort: range is full');
      } else byPort.set(number, nodePort);
    }
    return {
      name: port.name ?? '',
      protocol: protocolOf(port),
      port: number,
      targetPort: port.targetPort || number,
      nodePort,
    };
  });
}

function protocolOf(port: DeclaredServicePort): Protocol {
  return (port.protocol || 'TCP') as Protocol;
}

function ingressOf(service: DeclaredService): readonly LoadBalancerIngress[] {
  const ingress: LoadBalancerIngress[] = [];
  for (const { ip, ipMode } of service.status?.loadBalancer?.ingress ?? []) {
    const address = parseSloppyIpAddress(ip ?? '');
    if (address !== undefined) ingress.push({ ip: address, ipMode: ipMode === 'Proxy' ? 'Proxy' : 'VIP' });
  }
  return ingress;
}
