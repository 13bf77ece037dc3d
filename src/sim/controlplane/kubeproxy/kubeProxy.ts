import type { KubeProxyConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { Node } from '../../../datamodel/kubernetes/node.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import {
  familyOf,
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  ipAddress,
  ipPrefix,
  prefixContains,
} from '../../../wire/address.ts';
import type { TableChanges } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { ClusterPlan, NodePlan } from '../plan.ts';
import { iptablesProxy, isLargeCluster } from './iptables/compileIptables.ts';
import { serviceMap } from './serviceMap.ts';
import type { ServicePortInfo } from './servicePort.ts';

const LOOPBACK = ipPrefix('127.0.0.0/8');
const FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];
/** Stands for a node's address of a family that it has none of (GetNodeIPs' fallback in cmd/kube-proxy). */
const NO_ADDRESS = { IPv4: ipAddress('127.0.0.1'), IPv6: ipAddress('::1') };

/**
 * kube-proxy for a whole cluster: what it writes on each node, given the addresses that the node has by then: the tables of
 * both families, whatever the Services are of. Nodes share what comes out the same for them.
 */
export function kubeProxy(plan: ClusterPlan): (node: NodePlan, localAddresses: readonly IpAddress[]) => NetnsParts {
  const { objects } = plan;
  const config = objects.network.kubeProxy;
  const maps = FAMILIES.map((family) => serviceMap(objects.services, objects.endpointSlices, family));
  const compilers = FAMILIES.map((family, i) => familyProxy(plan, family, maps[i] ?? []));
  return (node, localAddresses) => ({
    tables: compilers.flatMap((compile) => compile(node, localAddresses)),
    sysctls: onLocalhost(config) ? { 'net.ipv4.conf.all.route_localnet': '1' } : {},
    listeners: healthChecks(maps.flat(), node.node.metadata.name),
  });
}

/** The proxier of one family; kube-proxy runs one of each (pkg/proxy/metaproxier). */
function familyProxy(
  { objects, settings }: ClusterPlan,
  family: IpFamily,
  services: readonly ServicePortInfo[],
): (node: NodePlan, localAddresses: readonly IpAddress[]) => readonly TableChanges[] {
  const config = objects.network.kubeProxy;
  const compile = iptablesProxy(services, {
    family,
    masqueradeAll: config.masqueradeAll,
    masqueradeMark: (1 << config.masqueradeBit) >>> 0,
    randomFully: settings.randomFully,
    localhostNodePorts: onLocalhost(config),
    nodePortAddresses: config.nodePortAddresses,
    nodePortPrimary: config.nodePortPrimary,
    largeCluster: isLargeCluster(services),
  });
  return ({ node }, localAddresses) =>
    compile({
      nodeName: node.metadata.name,
      zone: node.zone,
      nodeIp: node.internalIps.find((address) => familyOf(address) === family) ?? NO_ADDRESS[family],
      localAddresses: localAddresses.filter((address) => familyOf(address) === family),
      podPrefix: podPrefix(config, node, family),
    });
}

/** Node ports answer on loopback only if node ports are served there at all (ContainsIPv4Loopback). */
function onLocalhost({ localhostNodePorts, nodePortAddresses, nodePortPrimary }: KubeProxyConfig): boolean {
  if (!localhostNodePorts || nodePortPrimary) return false;
  const ofIpv4 = nodePortAddresses.filter(({ address }) => familyOf(address) === 'IPv4');
  return ofIpv4.length === 0 || ofIpv4.some(overlapsLoopback);
}

function overlapsLoopback(prefix: IpPrefix): boolean {
  return prefixContains(LOOPBACK, prefix.address) || prefixContains(prefix, LOOPBACK.address);
}

/** What `detectLocalMode` tells Pods' traffic by; ClusterCIDR stands in for the modes that go by an interface. */
function podPrefix(config: KubeProxyConfig, node: Node, family: IpFamily): IpPrefix | undefined {
  if (config.detectLocalMode === 'NodeCIDR') return node.podCidrs.find(({ address }) => familyOf(address) === family);
  return family === 'IPv4' ? config.clusterCidr : config.clusterCidr6;
}

/** Load balancers ask each node whether it has endpoints of its own; the proxy itself answers. */
function healthChecks(services: readonly ServicePortInfo[], nodeName: string): readonly Listener[] {
  const counted = new Map<number, { readonly service: string; localEndpoints: number }>();
  for (const service of services) {
    const port = service.healthCheckNodePort;
    if (port === 0) continue;
    const [name = ''] = service.name.split(':');
    const known = counted.get(port) ?? { service: name, localEndpoints: 0 };
    counted.set(port, known);
    // The ports of a Service share their endpoints' Pods: the most that one of them has.
    known.localEndpoints = Math.max(known.localEndpoints, readyOn(service, nodeName));
  }
  return [...counted].map(([port, { service, localEndpoints }]) => ({
    id: `tcp/${port}/kube-proxy`,
    owner: 'kube-proxy',
    protocol: 'tcp',
    port,
    program: { type: 'health', service, localEndpoints },
  }));
}

/** Terminating endpoints do not count: traffic is to be drained from them (EndpointsMap.LocalReadyEndpoints). */
function readyOn({ endpoints }: ServicePortInfo, nodeName: string): number {
  return endpoints.filter((endpoint) => endpoint.ready && endpoint.nodeName === nodeName).length;
}
