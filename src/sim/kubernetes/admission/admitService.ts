import type { DeclaredService, DeclaredServicePort } from '../../../datamodel/kubernetes/declared/declaredService.ts';
import { admitAddress, admitPrefix, refuseSpecial } from './addresses.ts';
import { admitLabels } from './admitMeta.ts';
import { admitChoice, admitPortReference, PROTOCOLS } from './admitPodSpec.ts';
import type { FieldErrors } from './fieldErrors.ts';
import { isDns1123Label, isDns1123Subdomain, isPortNumber } from './names.ts';

/** ValidateService (pkg/apis/core/validation/validation.go); what the allocators refuse comes later. */
export function admitService(service: DeclaredService, errors: FieldErrors): void {
  const spec = service.spec ?? {};
  const type = spec.type || 'ClusterIP';
  const clusterIps = clusterIpsOf(service);
  const headless = clusterIps[0] === 'None';
  if (!['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'].includes(type)) {
    errors.notSupported('spec.type', type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']);
  }
  if ((spec.ports ?? []).length === 0 && !headless && type !== 'ExternalName') errors.required('spec.ports');
  if (headless && (type === 'LoadBalancer' || type === 'NodePort')) {
    errors.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`, 'spec.clusterIP');
  }
  if (type === 'ExternalName') admitExternalName(service, clusterIps, errors);
  admitPorts(service, type, errors);
  admitLabels(spec.selector, 'spec.selector', errors);
  admitChoice(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity', errors);
  admitAffinityConfig(service, errors);
  if (type !== 'ExternalName') admitClusterIps(service, clusterIps, errors);
  spec.externalIPs?.forEach((text, index) => {
    const field = `spec.externalIPs[${index}]`;
    const address = admitAddress(text, field, errors);
    if (address !== undefined) refuseSpecial(address, field, errors);
  });
  admitLoadBalancer(service, type, errors);
  admitTrafficPolicies(service, type, errors);
}

/** clusterIPs and its first, clusterIP, are one thing said twice; either may be left out. */
export function clusterIpsOf(service: DeclaredService): readonly string[] {
  const { clusterIP, clusterIPs } = service.spec ?? {};
  if (clusterIPs !== undefined && clusterIPs.length > 0) return clusterIPs;
  return clusterIP ? [clusterIP] : [];
}

function admitExternalName(service: DeclaredService, clusterIps: readonly string[], errors: FieldErrors): void {
  if (clusterIps.length > 0) {
    errors.forbidden('spec.clusterIPs', 'may not be set for ExternalName services');
  }
  const name = (service.spec?.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.required('spec.externalName');
  else for (const error of isDns1123Subdomain(name)) errors.invalid('spec.externalName', name, error);
}

function admitPorts(service: DeclaredService, type: string, errors: FieldErrors): void {
  const ports = service.spec?.ports ?? [];
  const names = new Set<string>();
  const nodePorts = new Set<string>();
  const seen = new Set<string>();
  ports.forEach((port, index) => {
    const at = `spec.ports[${index}]`;
    const protocol = port.protocol || 'TCP';
    admitPort(port, at, ports.length > 1, names, errors);
    if (port.nodePort) {
      if (type === 'ClusterIP') errors.forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'");
      const key = `${protocol}/${port.nodePort}`;
      if (nodePorts.has(key)) errors.duplicate(`${at}.nodePort`, port.nodePort);
      nodePorts.add(key);
    }
    const key = `${protocol}/${port.port ?? 0}`;
    if (seen.has(key)) errors.duplicate(at, { protocol, port: port.port ?? 0 });
    seen.add(key);
  });
}

function admitPort(
  port: DeclaredServicePort,
  at: string,
  requireName: boolean,
  names: Set<string>,
  errors: FieldErrors,
): void {
  if (port.name) {
    for (const error of isDns1123Label(port.name)) errors.invalid(`${at}.name`, port.name, error);
    if (names.has(port.name)) errors.duplicate(`${at}.name`, port.name);
    names.add(port.name);
  } else if (requireName) errors.required(`${at}.name`);
  for (const error of isPortNumber(port.port ?? 0)) errors.invalid(`${at}.port`, port.port ?? 0, error);
  admitChoice(port.protocol, PROTOCOLS, `${at}.protocol`, errors);
  // 0 and '' stand for "the same as port".
  if (port.targetPort) admitPortReference(port.targetPort, `${at}.targetPort`, errors);
}

function admitAffinityConfig(service: DeclaredService, errors: FieldErrors): void {
  const { sessionAffinity = 'None', sessionAffinityConfig } = service.spec ?? {};
  const field = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && sessionAffinityConfig?.clientIP !== undefined) {
    errors.forbidden(field, 'must not be set when session affinity is None');
  }
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (sessionAffinity === 'ClientIP' && timeout !== undefined && (timeout <= 0 || timeout > 86400)) {
    errors.invalid(`${field}.clientIP.timeoutSeconds`, timeout, 'must be greater than 0 and less than 86400');
  }
}

function admitClusterIps(service: DeclaredService, clusterIps: readonly string[], errors: FieldErrors): void {
  const { clusterIP, clusterIPs } = service.spec ?? {};
  if (clusterIP && clusterIPs?.[0] && clusterIPs[0] !== clusterIP) {
    errors.invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`');
  }
  if (clusterIPs !== undefined && clusterIPs.length > 2) {
    errors.invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values');
  }
  clusterIps.forEach((text, index) => {
    if (text === 'None' && index === 0) return;
    const field = `spec.clusterIPs[${index}]`;
    admitAddress(text, field, errors, clusterIPs === undefined ? 'spec.clusterIP' : field);
  });
}

function admitLoadBalancer(service: DeclaredService, type: string, errors: FieldErrors): void {
  const { loadBalancerSourceRanges = [], allocateLoadBalancerNodePorts } = service.spec ?? {};
  const only = "may only be used when `type` is 'LoadBalancer'";
  const field = 'spec.loadBalancerSourceRanges';
  if (loadBalancerSourceRanges.length > 0 && type !== 'LoadBalancer') errors.forbidden(field, only);
  loadBalancerSourceRanges.forEach((text, index) => {
    admitPrefix(text.trim(), `${field}[${index}]`, errors);
  });
  if (allocateLoadBalancerNodePorts !== undefined && type !== 'LoadBalancer') {
    errors.forbidden('spec.allocateLoadBalancerNodePorts', only);
  }
  service.status?.loadBalancer?.ingress?.forEach(({ ip, ipMode }, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    if (ip) admitAddress(ip, `${at}.ip`, errors);
    admitChoice(ipMode, ['Proxy', 'VIP'], `${at}.ipMode`, errors);
  });
}

function admitTrafficPolicies(service: DeclaredService, type: string, errors: FieldErrors): void {
  const spec = service.spec ?? {};
  const external =
    type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (!external && spec.externalTrafficPolicy) {
    errors.invalid(
      'spec.externalTrafficPolicy',
      spec.externalTrafficPolicy,
      'may only be set for externally-accessible services',
    );
  } else admitChoice(spec.externalTrafficPolicy, ['Cluster', 'Local'], 'spec.externalTrafficPolicy', errors);
  admitChoice(spec.internalTrafficPolicy, ['Cluster', 'Local'], 'spec.internalTrafficPolicy', errors);
  admitChoice(
    spec.trafficDistribution,
    ['PreferClose', 'PreferSameNode', 'PreferSameZone'],
    'spec.trafficDistribution',
    errors,
  );
  const port = spec.healthCheckNodePort;
  if (!port) return;
  if (type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local') {
    for (const error of isPortNumber(port)) errors.invalid('spec.healthCheckNodePort', port, error);
  } else {
    errors.invalid(
      'spec.healthCheckNodePort',
      port,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    );
  }
}
