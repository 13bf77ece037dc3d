import { prefixContains } from '../../../../wire/address.ts';
import type { TableChanges } from '../../netfilter/tableChanges.ts';
import { ChainWriter } from '../../netfilter/tableChanges.ts';
import { categorizeEndpoints, type EndpointCategories } from '../categorizeEndpoints.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { proxyJumps, writeCommonRules, writeNodePortJumps } from './commonRules.ts';
import { type ProxyConfig, type ProxyNode, tableFamily } from './proxyConfig.ts';
import { type ServiceRules, serviceRules } from './serviceRules.ts';

/** largeClusterEndpointsThreshold */
const LARGE_CLUSTER_ENDPOINTS = 1000;

/** Whether there are so many endpoints that the proxier leaves comments out to keep the rules short. */
export function isLargeCluster(services: readonly ServicePortInfo[]): boolean {
  return services.reduce((sum, service) => sum + service.endpoints.length, 0) > LARGE_CLUSTER_ENDPOINTS;
}

/**
 * kube-proxy in iptables mode: the tables of every node for one state of the Services, as v1.35 syncs them
 * (pkg/proxy/iptables/proxier.go). Nodes for which a Service comes out the same share its rules, and nodes that agree on
 * everything share the tables.
 *
 * @param services in the order of their rules.
 */
export function iptablesProxy(
  services: readonly ServicePortInfo[],
  config: ProxyConfig,
): (node: ProxyNode) => readonly TableChanges[] {
  const rules = new Map<string, ServiceRules>();
  const tables = new Map<string, readonly TableChanges[]>();
  return (node) => {
    const compiled = services.map((service, i) => {
      const endpoints = categorizeEndpoints(service, node);
      const key = `${i} ${variant(service, endpoints, node)}`;
      const found = rules.get(key) ?? serviceRules(service, endpoints, config, node);
      rules.set(key, found);
      return { key, rules: found };
    });
    const narrowed = config.nodePortPrimary || config.nodePortAddresses.length > 0;
    const nodePorts = narrowed ? [node.nodeIp, ...node.localAddresses].join(',') : '';
    const key = [nodePorts, ...compiled.map((part) => part.key)].join('\n');
    const found =
      tables.get(key) ??
      joinTables(
        compiled.map((part) => part.rules),
        config,
        node,
      );
    tables.set(key, found);
    return found;
  };
}

/** What of a node a service port's rules depend on. */
function variant(service: ServicePortInfo, endpoints: EndpointCategories, node: ProxyNode): string {
  const all = endpoints.cluster.length === service.endpoints.length && endpoints.local.length === 0;
  const choice = all ? '' : [endpoints.cluster, endpoints.local].map((set) => set.map((e) => e.text).join()).join('|');
  const admitted = service.sourceRanges.some((range) => prefixContains(range, node.nodeIp));
  const pods = node.podPrefix ? `${node.podPrefix.address}/${node.podPrefix.length}` : '';
  return `${pods} ${admitted} ${choice}`;
}

function joinTables(services: readonly ServiceRules[], config: ProxyConfig, node: ProxyNode): readonly TableChanges[] {
  const family = tableFamily(config.family);
  const nat = new ChainWriter('kube-proxy', 'nat', family);
  const filter = new ChainWriter('kube-proxy', 'filter', family);
  const mangle = new ChainWriter('kube-proxy', 'mangle', family);
  mangle.declare('KUBE-PROXY-CANARY');
  writeCommonRules(nat, filter, config);
  for (const service of services) {
    nat.adopt(service.nat);
    filter.adopt(service.filter);
  }
  writeNodePortJumps(nat, config, node);
  return [
    { family, table: 'mangle', chains: mangle.chains(), jumps: [] },
    { family, table: 'filter', chains: filter.chains(), jumps: proxyJumps('filter', family) },
    { family, table: 'nat', chains: nat.chains(), jumps: proxyJumps('nat', family) },
  ];
}
