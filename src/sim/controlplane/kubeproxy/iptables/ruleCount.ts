import type { Chain, TableName } from '../../../../datamodel/network/netfilter.ts';
import { categorizeEndpoints, type EndpointCategories } from '../categorizeEndpoints.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import type { ProxyConfig, ProxyNode } from './proxyConfig.ts';
import { captureService, serviceChains, serviceOnNode } from './serviceRules.ts';

/** How many rules the service ports have on a node. */
export interface RuleCounts {
  /** In chains of their own, which are the nat table's. */
  readonly own: number;
  /** In chains that they share, by {@link sharedChainKey}. */
  readonly shared: ReadonlyMap<string, SharedCount>;
}

export interface SharedCount {
  readonly total: number;
  /** Of rules before each service port's own, by its place in the list. */
  readonly before: Uint32Array;
}

export function sharedChainKey(table: TableName, chain: string): string {
  return `${table} ${chain}`;
}

interface Shape {
  readonly own: number;
  readonly shared: readonly (readonly [key: string, rules: number])[];
}

/** Counts them by the shapes of service ports: of those that have one shape, the rules of a single one are made. */
export function countRules(services: readonly ServicePortInfo[], config: ProxyConfig, node: ProxyNode): RuleCounts {
  const ofShape = new Map<string, Shape>();
  const shared = new Map<string, { total: number; readonly before: Uint32Array }>();
  let own = 0;
  services.forEach((service, place) => {
    const endpoints = categorizeEndpoints(service, node);
    const key = shapeOf(service, endpoints);
    const shape = ofShape.get(key) ?? makeShape(service, endpoints, config, node);
    ofShape.set(key, shape);
    own += shape.own;
    for (const [chain, rules] of shape.shared) {
      const count = shared.get(chain) ?? { total: 0, before: new Uint32Array(services.length) };
      shared.set(chain, count);
      count.total += rules;
      // those of the next one begin behind; whoever has none there begins where the last ended
      count.before[place + 1] = count.total;
    }
  });
  for (const { before } of shared.values()) {
    for (let place = 1; place < before.length; place++) before[place] ||= before[place - 1] ?? 0;
  }
  return { own, shared };
}

/** Equal for service ports that have equally many rules on a node, in the same chains. */
function shapeOf(service: ServicePortInfo, endpoints: EndpointCategories): string {
  const { nodePort, healthCheckNodePort, externalPolicyLocal, internalPolicyLocal, affinitySeconds } = service;
  let shape = `${service.externalIps.length},${service.loadBalancerVips.length},${service.sourceRanges.length},`;
  shape += `${endpoints.cluster.length},${endpoints.local.length},${endpoints.reachable.length},`;
  shape += `${nodePort !== 0},${healthCheckNodePort !== 0},${externalPolicyLocal},${internalPolicyLocal},`;
  shape += `${endpoints.any},${affinitySeconds !== undefined}`;
  // the ranges decide whether the node itself is let in
  for (const { address, length } of service.sourceRanges) shape += `,${address}/${length}`;
  return shape;
}

function makeShape(
  service: ServicePortInfo,
  endpoints: EndpointCategories,
  config: ProxyConfig,
  node: ProxyNode,
): Shape {
  const on = serviceOnNode(service, endpoints, config, node);
  const shared = new Map<string, number>();
  captureService(on, (table, chain) => {
    const key = sharedChainKey(table, chain);
    shared.set(key, (shared.get(key) ?? 0) + 1);
  });
  return { own: rulesIn(serviceChains(on)), shared: [...shared] };
}

export function rulesIn(chains: Iterable<Chain>): number {
  let sum = 0;
  for (const { rules } of chains) sum += rules.length;
  return sum;
}
