import { once } from '../../../../base/kept.ts';
import { prefixContains } from '../../../../wire/address.ts';
import type { TableChanges } from '../../netfilter/tableChanges.ts';
import { categorizeEndpoints, type EndpointCategories, isAlikeEverywhere } from '../categorizeEndpoints.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import type { ProxyConfig, ProxyNode } from './proxyConfig.ts';
import { proxyTables, type ServiceParts, serviceParts } from './proxyTables.ts';
import { serviceOnNode } from './serviceRules.ts';

/** largeClusterEndpointsThreshold */
const LARGE_CLUSTER_ENDPOINTS = 1000;

/** Whether there are so many endpoints that the proxier leaves comments out to keep the rules short. */
export function isLargeCluster(services: readonly ServicePortInfo[]): boolean {
  return services.reduce((sum, service) => sum + service.endpoints.length, 0) > LARGE_CLUSTER_ENDPOINTS;
}

/**
 * kube-proxy in iptables mode: the tables of every node for one state of the Services, as v1.35 syncs them
 * (pkg/proxy/iptables/proxier.go). Nodes for which a Service comes out the same share its chains, and nodes that agree on
 * everything share the tables. Chains are made when somebody first asks for them.
 *
 * @param services in the order of their rules.
 */
export function iptablesProxy(
  services: readonly ServicePortInfo[],
  config: ProxyConfig,
): (node: ProxyNode) => readonly TableChanges[] {
  const parts = new Map<string, ServiceParts>();
  /** Of service ports that come out the same wherever the same counts as traffic of Pods, by their places. */
  const alike = new Map<string, ServiceParts[]>();
  const tables = new Map<string, readonly TableChanges[]>();
  const particular = once(() => services.filter((service) => !isAlikeEverywhere(service)));
  return (node) => {
    const pods = node.podPrefix ? `${node.podPrefix.address}/${node.podPrefix.length}` : '';
    const common = alike.get(pods) ?? [];
    alike.set(pods, common);
    const partsOf = (place: number): ServiceParts => {
      const service = services[place]!;
      const endpoints = categorizeEndpoints(service, node);
      const make = (): ServiceParts => serviceParts(serviceOnNode(service, endpoints, config, node));
      if (isAlikeEverywhere(service)) {
        common[place] ??= make();
        return common[place];
      }
      const key = `${place} ${pods} ${variant(service, endpoints, node)}`;
      const found = parts.get(key) ?? make();
      parts.set(key, found);
      return found;
    };
    const narrowed = config.nodePortPrimary || config.nodePortAddresses.length > 0;
    const nodePorts = narrowed ? [node.nodeIp, ...node.localAddresses].join(',') : '';
    const variants = particular().map((service) => variant(service, categorizeEndpoints(service, node), node));
    const key = [nodePorts, pods, ...variants].join('\n');
    const found = tables.get(key) ?? proxyTables(services, config, node, partsOf);
    tables.set(key, found);
    return found;
  };
}

/** What of a node a service port's rules depend on, beside what counts as traffic of Pods. */
function variant(service: ServicePortInfo, endpoints: EndpointCategories, node: ProxyNode): string {
  const all = endpoints.cluster.length === service.endpoints.length && endpoints.local.length === 0;
  const choice = all ? '' : [endpoints.cluster, endpoints.local].map((set) => set.map((e) => e.text).join()).join('|');
  const admitted = service.sourceRanges.some((range) => prefixContains(range, node.nodeIp));
  return `${admitted} ${choice}`;
}
