import { keptWith } from '../../../../base/kept.ts';
import type { KubeProxyConfig } from '../../../../datamodel/kubernetes/networkConfig.ts';
import {
  familyOf,
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  ipPrefix,
  prefixContains,
} from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import type { TableChanges } from '../../netfilter/tableChanges.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { nodeAddress, type Proxier, podPrefix } from '../proxier.ts';
import { serviceMap } from '../serviceMap.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { iptablesProxy, isLargeCluster } from './compileIptables.ts';
import type { ProxyConfig } from './proxyConfig.ts';

const LOOPBACK = ipPrefix('127.0.0.0/8');
const FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

/** Kept with the Services: a proxier that comes back to this mode writes what it wrote before. */
const compilersOf = keptWith((_: readonly ServicePortInfo[]) => new Map<string, ReturnType<typeof iptablesProxy>>());

/** kube-proxy in iptables mode: the tables of both families, whatever the Services are of. */
export function iptablesProxier(plan: ClusterPlan): Proxier {
  const compilers = FAMILIES.map((family) => familyProxy(plan, family));
  const localnet = onLocalhost(plan.objects.network.kubeProxy);
  return (node, localAddresses) => ({
    tables: compilers.flatMap((compile) => compile(node, localAddresses)),
    sysctls: localnet ? { 'net.ipv4.conf.all.route_localnet': '1' } : {},
  });
}

/** The proxier of one family; kube-proxy runs one of each (pkg/proxy/metaproxier). */
function familyProxy(
  plan: ClusterPlan,
  family: IpFamily,
): (node: NodePlan, localAddresses: readonly IpAddress[]) => readonly TableChanges[] {
  const { objects, settings } = plan;
  const config = objects.network.kubeProxy;
  const services = serviceMap(objects.services, objects.endpointSlices, family);
  const proxyConfig: ProxyConfig = {
    family,
    masqueradeAll: config.masqueradeAll,
    masqueradeMark: (1 << config.masqueradeBit) >>> 0,
    randomFully: settings.randomFully,
    localhostNodePorts: onLocalhost(config),
    nodePortAddresses: config.nodePortAddresses,
    nodePortPrimary: config.nodePortPrimary,
    largeCluster: isLargeCluster(services),
  };
  const known = compilersOf(services);
  const key = JSON.stringify(proxyConfig);
  const compile = known.get(key) ?? iptablesProxy(services, proxyConfig);
  known.set(key, compile);
  return ({ node }, localAddresses) =>
    compile({
      nodeName: node.metadata.name,
      zone: node.zone,
      nodeIp: nodeAddress(node, family),
      localAddresses: localAddresses.filter((address) => familyOf(address) === family),
      podPrefix: podPrefix(plan, node, family),
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
