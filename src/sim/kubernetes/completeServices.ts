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
import {
  familyOf,
  type IpAddress,
  type IpFamily,
  parseSloppyIpAddress,
  parseSloppyIpPrefix,
} from '../../wire/address.ts';
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
  const { serviceCidr, serviceCidr6 } = network;
  const addresses: Allocators = {
    IPv4: new ClusterIpAllocator(serviceCidr, seed),
    IPv6: serviceCidr6 && new ClusterIpAllocator(serviceCidr6, seed),
  };
  const ports = new NodePortAllocator(network.nodePortRange, seed);
  for (const service of declared) reserve(service, addresses, ports, new FieldErrors(service, problems));
  return declared.map((service) => complete(service, addresses, ports, seed, new FieldErrors(service, problems)));
}

/** Of the families that the cluster gives Services addresses of. */
type Allocators = { readonly IPv4: ClusterIpAllocator; readonly IPv6: ClusterIpAllocator | undefined };

function keyOf(service: DeclaredService): string {
  return `${service.metadata.namespace ?? 'default'}/${service.metadata.name ?? service.metadata.generateName ?? ''}`;
}

function reserve(service: DeclaredService, addresses: Allocators, ports: NodePortAllocator, errors: FieldErrors): void {
  const given = clusterIpsOf(service);
  const at = service.spec?.clusterIPs?.length ? 'spec.clusterIPs' : 'spec.clusterIP';
  for (const text of given) {
    const address = parseSloppyIpAddress(text);
    // Where the second family's range is not known, its addresses are kept as they are.
    const refusal = address && addresses[familyOf(address)]?.reserve(address);
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
  addresses: Allocators,
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
  addresses: Allocators,
  errors: FieldErrors,
): readonly IpAddress[] {
  const assigned = given.map(parseSloppyIpAddress).filter((address) => address !== undefined);
  for (const family of wantedFamilies(service, assigned.map(familyOf), addresses, errors).slice(assigned.length)) {
    const address = addresses[family]?.allocate(keyOf(service));
    if (address !== undefined) assigned.push(address);
    else errors.whole('Internal error occurred: failed to allocate a serviceIP: range is full');
  }
  return assigned;
}

/** ipFamilies and ipFamilyPolicy with their defaults (pkg/registry/core/service/storage/alloc.go, initIPFamilyFields). */
function wantedFamilies(
  { spec }: DeclaredService,
  given: readonly IpFamily[],
  addresses: Allocators,
  errors: FieldErrors,
): readonly IpFamily[] {
  const asked = (spec?.ipFamilies ?? []).filter((family) => family === 'IPv4' || family === 'IPv6');
  const families = given.length > asked.length ? given : asked.length > 0 ? asked : (['IPv4'] as const);
  const policy = spec?.ipFamilyPolicy ?? (families.length > 1 ? 'RequireDualStack' : 'SingleStack');
  const known = families.filter((family, i) => i < given.length || addresses[family] !== undefined);
  if (known.length < families.length || (policy === 'RequireDualStack' && addresses.IPv6 === undefined)) {
    if (given.length < 2) {
      const detail = 'this cluster is not configured for dual-stack services';
      errors.invalid(
        'spec.ipFamilyPolicy',
        policy,
        detail,
        spec?.ipFamilyPolicy ? 'spec.ipFamilyPolicy' : 'spec.ipFamilies',
      );
    }
    return known;
  }
  if (policy === 'SingleStack' || families.length > 1 || addresses.IPv6 === undefined) return families;
  return [...families, families[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
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
