import type { NftChain, NftSet, NftStatement, NftTableName } from '../../../../datamodel/network/nftables.ts';
import { hostPrefix, prefixContains } from '../../../../wire/address.ts';
import type { EndpointCategories } from '../categorizeEndpoints.ts';
import { type EndpointInfo, externallyAccessible, type ServicePortInfo } from '../servicePort.ts';
import { endpointNameBase } from './names.ts';
import type { NftConfig, NftNode } from './nftConfig.ts';
import { reachOf, usesFirewall } from './serviceElements.ts';
import {
  DROP,
  goto,
  inSet,
  is,
  isLocal,
  jump,
  makeChain,
  noneOf,
  oneOf,
  type RuleText,
  verdict,
} from './statements.ts';

/** Everything that one service port's chains on one node follow from. */
export interface ServiceOnNode {
  readonly table: NftTableName;
  readonly service: ServicePortInfo;
  readonly endpoints: EndpointCategories;
  readonly config: NftConfig;
  readonly node: Pick<NftNode, 'nodeIp' | 'podPrefix'>;
  /** What its chains' names end in. */
  readonly base: string;
}

type Maker = readonly [name: string, rules: () => readonly RuleText[]];

/** The chains of the service port itself, in upstream's order, each with a way to make its rules. */
export function serviceChainMakers(on: ServiceOnNode): readonly Maker[] {
  const { service, endpoints, base } = on;
  const makers: Maker[] = [];
  if (endpoints.cluster.length > 0) makers.push([`service-${base}`, () => policyRules(on, endpoints.cluster, false)]);
  if (endpoints.local.length > 0) makers.push([`local-${base}`, () => policyRules(on, endpoints.local, true)]);
  if (endpoints.any && externallyAccessible(service)) makers.push([`external-${base}`, () => externalRules(on)]);
  if (usesFirewall(service)) makers.push([`firewall-${base}`, () => firewallRules(on)]);
  return makers;
}

/** An endpoint's chain: a Pod that reaches itself is masqueraded, its client remembered, then the address is rewritten. */
export function endpointChain({ table, service }: ServiceOnNode, endpoint: EndpointInfo): NftChain {
  const { address, port } = endpoint;
  const base = endpointBase(service, endpoint);
  const rules: RuleText[] = [[[is('saddr', address), jump('mark-for-masquerade')]]];
  if (service.affinitySeconds !== undefined)
    rules.push([[{ type: 'update', set: `affinity-${base}`, key: ['saddr'] }]]);
  rules.push([
    [
      { type: 'l4proto', protocol: service.protocol },
      { type: 'dnat', address, port },
    ],
  ]);
  return makeChain(table, `endpoint-${base}`, rules);
}

/** The set that remembers who was sent to an endpoint, whichever of the service's addresses was asked. */
export function affinitySet(service: ServicePortInfo, endpoint: EndpointInfo, config: NftConfig): NftSet {
  return {
    name: `affinity-${endpointBase(service, endpoint)}`,
    type: [config.family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr'],
    dynamic: { timeout: service.affinitySeconds ?? 0 },
    elements: { get: () => undefined, values: () => [] },
  };
}

/** A policy's chain: the mark, then those who were here before (affinity), then the draw. */
function policyRules(on: ServiceOnNode, endpoints: readonly EndpointInfo[], local: boolean): readonly RuleText[] {
  const { service } = on;
  const rules: RuleText[] = [];
  if (reachOf(service, on.endpoints).internal && service.internalPolicyLocal === local) rules.push(...internalMark(on));
  if (service.affinitySeconds !== undefined) {
    for (const endpoint of endpoints) {
      const base = endpointBase(service, endpoint);
      rules.push([[inSet('saddr', `affinity-${base}`), verdict(goto(`endpoint-${base}`))]]);
    }
  }
  const verdicts = endpoints.map((endpoint) => goto(`endpoint-${endpointBase(service, endpoint)}`));
  return [...rules, [[{ type: 'numgen', verdicts }]]];
}

/** Marks what comes to the ClusterIP from outside of the Pod network, since it might be sent to another node. */
function internalMark({ service, config, node }: ServiceOnNode): readonly RuleText[] {
  const statements: NftStatement[] = [is('daddr', service.clusterIp)];
  if (config.masqueradeAll) return [[[...statements, jump('mark-for-masquerade')]]];
  if (node.podPrefix === undefined) return [];
  return [[[...statements, noneOf('saddr', [node.podPrefix]), jump('mark-for-masquerade')]]];
}

function externalRules({ service, endpoints, node, base }: ServiceOnNode): readonly RuleText[] {
  const rules: RuleText[] = [];
  const cluster = verdict(goto(`service-${base}`));
  if (!service.externalPolicyLocal) rules.push([[jump('mark-for-masquerade')]]);
  else {
    // Pods of this cluster go round neither policy: as if they had gone out to a load balancer and come back in.
    if (node.podPrefix) rules.push([[oneOf('saddr', [node.podPrefix]), cluster], 'short-circuit pod traffic']);
    rules.push([[isLocal('saddr'), jump('mark-for-masquerade')], 'masquerade local traffic']);
    rules.push([[isLocal('saddr'), cluster], 'short-circuit local traffic']);
  }
  if (reachOf(service, endpoints).external) {
    rules.push([[service.externalPolicyLocal ? verdict(goto(`local-${base}`)) : cluster]]);
  }
  return rules;
}

function firewallRules({ service, node }: ServiceOnNode): readonly RuleText[] {
  const { nodeIp } = node;
  // A balancer's address is often the node's own: its own requests then come from that address.
  const admitted = nodeIp !== undefined && service.sourceRanges.some((range) => prefixContains(range, nodeIp));
  const own = admitted ? service.loadBalancerVips.map(hostPrefix) : [];
  return [[[noneOf('saddr', [...service.sourceRanges, ...own]), verdict(DROP)]]];
}

/** Endpoints belong to one service port, so that their names are made once. */
const bases = new WeakMap<EndpointInfo, string>();

function endpointBase(service: ServicePortInfo, endpoint: EndpointInfo): string {
  const base = bases.get(endpoint) ?? endpointNameBase(service.name, service.protocol, endpoint.address, endpoint.port);
  bases.set(endpoint, base);
  return base;
}
