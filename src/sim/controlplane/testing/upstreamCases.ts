import { readFileSync } from 'node:fs';
import type { ProxyMode } from '../../../datamodel/cluster/command.ts';
import type { EndpointSlice } from '../../../datamodel/kubernetes/endpointSlice.ts';
import type { Protocol } from '../../../datamodel/kubernetes/objectMeta.ts';
import type { Service, ServiceType, TrafficPolicy } from '../../../datamodel/kubernetes/service.ts';
import {
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  ipAddress,
  ipPrefix,
  parseSloppyIpAddress,
  parseSloppyIpPrefix,
} from '../../../wire/address.ts';
import { serviceMap } from '../kubeproxy/serviceMap.ts';
import type { ServicePortInfo } from '../kubeproxy/servicePort.ts';
import { meta, service } from './objects.ts';

/** One of upstream's proxier tests, restated as data: objects, one node, and what becomes of first packets. */
export interface UpstreamCase {
  readonly test: string;
  /** The modes whose tests it comes from. */
  readonly modes: readonly ProxyMode[];
  readonly ipFamily: IpFamily;
  readonly clusterCIDR: string;
  readonly thisNode: { readonly name: string; readonly primaryIP: string; readonly localAddresses: readonly string[] };
  readonly proxyConfig: {
    readonly localDetector: 'clusterCIDR' | 'none';
    readonly masqueradeAll: boolean;
    readonly serviceCIDRs: readonly string[];
    readonly nodePortAddresses: readonly string[] | null;
    readonly iptablesLocalhostNodePorts: boolean;
    readonly nodeLabels?: Readonly<Record<string, string>>;
  };
  readonly services: readonly ServiceManifest[];
  readonly endpointSlices: readonly SliceManifest[];
  readonly flows: readonly UpstreamFlow[];
}

export interface UpstreamFlow {
  readonly name: string;
  readonly sourceIP: string;
  readonly destIP: string;
  readonly protocol: Protocol;
  readonly destPort: number;
  readonly masqueradeAll: boolean;
  readonly expected: {
    readonly verdict: string;
    readonly endpoints: readonly string[];
    readonly masquerade: boolean;
    readonly matched?: boolean;
  };
}

interface ServiceManifest {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly type: ServiceType;
    readonly clusterIP: string;
    readonly ports: readonly {
      name?: string;
      port: number;
      protocol?: Protocol;
      targetPort?: number;
      nodePort?: number;
    }[];
    readonly externalIPs?: readonly string[];
    readonly externalTrafficPolicy?: TrafficPolicy;
    readonly internalTrafficPolicy?: TrafficPolicy;
    readonly healthCheckNodePort?: number;
    readonly loadBalancerSourceRanges?: readonly string[];
    readonly sessionAffinity?: 'None' | 'ClientIP';
    readonly sessionAffinityConfig?: { readonly clientIP: { readonly timeoutSeconds: number } };
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
}

interface SliceManifest {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly addressType: IpFamily;
  readonly ports: readonly { name?: string; port: number; protocol?: Protocol }[];
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly nodeName?: string;
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
    readonly hints?: { readonly forZones?: readonly { readonly name: string }[] };
  }[];
}

const text = readFileSync(new URL('../fixtures/kubeProxyFlows.json', import.meta.url), 'utf8');
const cases: readonly UpstreamCase[] = JSON.parse(text);

/** The cases that a mode's own tests have. */
export function upstreamCases(mode: ProxyMode): readonly UpstreamCase[] {
  return cases.filter(({ modes }) => modes.includes(mode));
}

/** What the proxier of the case's family is to serve. */
export function servicesOf({
  services,
  endpointSlices,
  ipFamily,
}: Pick<UpstreamCase, 'services' | 'endpointSlices' | 'ipFamily'> & Partial<UpstreamCase>): readonly ServicePortInfo[] {
  return serviceMap(services.map(toService), endpointSlices.map(toSlice), ipFamily);
}

function toService({ metadata, spec, status }: ServiceManifest): Service {
  return service(metadata.name, address(spec.clusterIP), {
    metadata: meta(metadata.name, metadata.namespace),
    type: spec.type,
    ports: spec.ports.map(({ name = '', protocol = 'TCP', port, targetPort = port, nodePort }) => ({
      name,
      protocol,
      port,
      targetPort,
      nodePort,
    })),
    externalIps: (spec.externalIPs ?? []).map(address),
    loadBalancerIngress: (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ({ ip: address(ip), ipMode: 'VIP' })),
    loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => prefix(range.trim())),
    externalTrafficPolicy: spec.externalTrafficPolicy ?? 'Cluster',
    internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster',
    healthCheckNodePort: spec.healthCheckNodePort,
    sessionAffinity: spec.sessionAffinity ?? 'None',
    sessionAffinityTimeoutSeconds: spec.sessionAffinityConfig?.clientIP.timeoutSeconds ?? 10800,
  });
}

function toSlice({ metadata, addressType, ports, endpoints }: SliceManifest): EndpointSlice {
  return {
    metadata: meta(metadata.name, metadata.namespace),
    serviceName: metadata.labels['kubernetes.io/service-name'],
    addressType,
    ports: ports.map(({ name = '', protocol = 'TCP', port }) => ({ name, protocol, port })),
    endpoints: endpoints.map(({ addresses, nodeName, conditions, hints }) => ({
      addresses: addresses.map(address),
      ready: conditions?.ready ?? true,
      serving: conditions?.serving ?? conditions?.ready ?? true,
      terminating: conditions?.terminating ?? false,
      nodeName,
      zone: undefined,
      hostname: undefined,
      hints: { zones: (hints?.forZones ?? []).map(({ name }) => name), nodes: [] },
      pod: undefined,
    })),
  };
}

/** As the API server of v1.35 reads addresses. */
function address(text: string): IpAddress {
  return parseSloppyIpAddress(text) ?? ipAddress(text);
}

function prefix(text: string): IpPrefix {
  return parseSloppyIpPrefix(text) ?? ipPrefix(text);
}
