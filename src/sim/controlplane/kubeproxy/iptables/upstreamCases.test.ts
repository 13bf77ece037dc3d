import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EndpointSlice } from '../../../../datamodel/kubernetes/endpointSlice.ts';
import type { Protocol } from '../../../../datamodel/kubernetes/objectMeta.ts';
import type { Service, ServiceType, TrafficPolicy } from '../../../../datamodel/kubernetes/service.ts';
import type { Chain } from '../../../../datamodel/network/netfilter.ts';
import { familyOf, type IpFamily, ipAddress, ipPrefix } from '../../../../wire/address.ts';
import { meta, service } from '../../testing/objects.ts';
import { type Outcome, type TestPacket, walkChain } from '../../testing/walkTables.ts';
import { serviceMap } from '../serviceMap.ts';
import { iptablesProxy, isLargeCluster } from './compileIptables.ts';

interface UpstreamCase {
  readonly test: string;
  readonly modes: readonly string[];
  readonly ipFamily: IpFamily;
  readonly clusterCIDR: string;
  readonly thisNode: { readonly name: string; readonly primaryIP: string; readonly localAddresses: readonly string[] };
  readonly proxyConfig: {
    readonly localDetector: 'clusterCIDR' | 'none';
    readonly masqueradeAll: boolean;
    readonly nodePortAddresses: readonly string[] | null;
    readonly iptablesLocalhostNodePorts: boolean;
    readonly nodeLabels?: Readonly<Record<string, string>>;
  };
  readonly services: readonly ServiceManifest[];
  readonly endpointSlices: readonly SliceManifest[];
  readonly flows: readonly UpstreamFlow[];
}

interface UpstreamFlow {
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

const text = readFileSync(new URL('../../fixtures/kubeProxyFlows.json', import.meta.url), 'utf8');
const cases: readonly UpstreamCase[] = JSON.parse(text);
const MARK = 0x4000;

describe.each(cases.filter(({ modes }) => modes.includes('iptables')))('$test', (upstream) => {
  it.each(upstream.flows)('$name', (flow) => {
    const masqueradeAll = upstream.proxyConfig.masqueradeAll || flow.masqueradeAll;
    const { nat, filter } = tables(upstream, masqueradeAll);
    const local = new Set(upstream.thisNode.localAddresses);
    const packet: TestPacket = {
      source: ipAddress(flow.sourceIP),
      destination: ipAddress(flow.destIP),
      protocol: flow.protocol.toLowerCase() as Lowercase<Protocol>,
      port: flow.destPort,
    };
    const ways = walkChain(nat, 'KUBE-SERVICES', packet, local);
    const rewritten = ways.filter((way) => way.verdict === 'dnat');
    const { expected } = flow;
    if (expected.verdict === 'dnat') {
      expect(rewritten).toHaveLength(ways.length);
      expect([...new Set(rewritten.map((way) => way.endpoint))].sort()).toEqual([...expected.endpoints].sort());
      expect(rewritten.some((way) => (way.mark & MARK) !== 0)).toBe(expected.masquerade);
      return;
    }
    expect(rewritten).toEqual([]);
    expect(new Set(filterVerdicts(filter, packet, local))).toEqual(new Set([expected.verdict]));
  });
});

/** The filter table's way for packets that were not rewritten, in the order of the jumps in INPUT and FORWARD. */
function filterVerdicts(
  filter: ReadonlyMap<string, Chain>,
  packet: TestPacket,
  local: ReadonlySet<string>,
): readonly Outcome['verdict'][] {
  for (const chain of ['KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES']) {
    const verdicts = walkChain(filter, chain, packet, local).map((way) => way.verdict);
    if (!verdicts.includes('return')) return verdicts;
  }
  return ['accept'];
}

function tables(upstream: UpstreamCase, masqueradeAll: boolean) {
  const { proxyConfig, thisNode, ipFamily } = upstream;
  const services = serviceMap(upstream.services.map(toService), upstream.endpointSlices.map(toSlice), ipFamily);
  const compiled = iptablesProxy(services, {
    family: ipFamily,
    masqueradeAll,
    masqueradeMark: MARK,
    randomFully: true,
    localhostNodePorts: proxyConfig.iptablesLocalhostNodePorts,
    nodePortAddresses: (proxyConfig.nodePortAddresses ?? []).map(ipPrefix),
    largeCluster: isLargeCluster(services),
  })({
    nodeName: thisNode.name,
    zone: proxyConfig.nodeLabels?.['topology.kubernetes.io/zone'],
    nodeIp: ipAddress(thisNode.primaryIP),
    localAddresses: thisNode.localAddresses.map(ipAddress).filter((address) => familyOf(address) === ipFamily),
    podPrefix: proxyConfig.localDetector === 'none' ? undefined : ipPrefix(upstream.clusterCIDR),
  });
  const chainsOf = (table: string): ReadonlyMap<string, Chain> =>
    new Map(compiled.find((changes) => changes.table === table)?.chains.map((chain) => [chain.name, chain]));
  return { nat: chainsOf('nat'), filter: chainsOf('filter') };
}

function toService({ metadata, spec, status }: ServiceManifest): Service {
  return service(metadata.name, spec.clusterIP, {
    metadata: meta(metadata.name, metadata.namespace),
    type: spec.type,
    ports: spec.ports.map(({ name = '', protocol = 'TCP', port, targetPort = port, nodePort }) => ({
      name,
      protocol,
      port,
      targetPort,
      nodePort,
    })),
    externalIps: (spec.externalIPs ?? []).map(ipAddress),
    loadBalancerIngress: (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ({ ip: ipAddress(ip), ipMode: 'VIP' })),
    loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => ipPrefix(range.trim())),
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
      addresses: addresses.map(ipAddress),
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
