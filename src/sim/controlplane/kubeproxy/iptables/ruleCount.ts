import { ChainWriter } from '../../netfilter/tableChanges.ts';
import { categorizeEndpoints, type EndpointCategories } from '../categorizeEndpoints.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { writeCommonRules, writeNodePortJumps } from './commonRules.ts';
import type { ProxyConfig, ProxyNode } from './proxyConfig.ts';
import { captureService, serviceChains, serviceOnNode } from './serviceRules.ts';

export interface RuleCounts {
  readonly nat: number;
  readonly filter: number;
}

/** How many rules a node's tables have: of Services of one shape, the rules of a single one are made and counted. */
export function countRules(services: readonly ServicePortInfo[], config: ProxyConfig, node: ProxyNode): RuleCounts {
  const ofShape = new Map<string, RuleCounts>();
  let { nat, filter } = commonRules(config, node);
  for (const service of services) {
    const endpoints = categorizeEndpoints(service, node);
    const shape = shapeOf(service, endpoints);
    const counts = ofShape.get(shape) ?? rulesOf(service, endpoints, config, node);
    ofShape.set(shape, counts);
    nat += counts.nat;
    filter += counts.filter;
  }
  return { nat, filter };
}

/** Equal for service ports that have equally many rules on a node. */
function shapeOf(service: ServicePortInfo, endpoints: EndpointCategories): string {
  const { nodePort, healthCheckNodePort, externalPolicyLocal, internalPolicyLocal, affinitySeconds } = service;
  const numbers = [service.externalIps.length, service.loadBalancerVips.length, service.sourceRanges.length];
  const chosen = [endpoints.cluster.length, endpoints.local.length, endpoints.reachable.length];
  const flags = [nodePort !== 0, healthCheckNodePort !== 0, externalPolicyLocal, internalPolicyLocal, endpoints.any];
  // the ranges decide whether the node itself is let in
  const ranges = service.sourceRanges.map(({ address, length }) => `${address}/${length}`);
  return [...numbers, ...chosen, ...flags, affinitySeconds !== undefined, ...ranges].join();
}

function rulesOf(
  service: ServicePortInfo,
  endpoints: EndpointCategories,
  config: ProxyConfig,
  node: ProxyNode,
): RuleCounts {
  const on = serviceOnNode(service, endpoints, config, node);
  const counts = { nat: 0, filter: 0 };
  captureService(on, (table) => {
    counts[table]++;
  });
  for (const { rules } of serviceChains(on)) counts.nat += rules.length;
  return counts;
}

function commonRules(config: ProxyConfig, node: ProxyNode): RuleCounts {
  const nat = new ChainWriter('kube-proxy', 'nat');
  const filter = new ChainWriter('kube-proxy', 'filter');
  writeCommonRules(nat, filter, config);
  writeNodePortJumps(nat, config, node);
  const total = (writer: ChainWriter): number => writer.chains().reduce((sum, { rules }) => sum + rules.length, 0);
  return { nat: total(nat), filter: total(filter) };
}
