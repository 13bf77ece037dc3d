import type { Chain, Match, Rule, Target } from '../../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import { prefixContains } from '../../../../wire/address.ts';
import {
  ACCEPT,
  comment,
  DROP,
  destinationAddress,
  destinationPort,
  destinationType,
  jump,
  NO_TARGET,
  notSource,
  protocol,
  REJECT,
  REJECT_IPV6,
  source,
  sourceAddress,
  sourceType,
} from '../../netfilter/match.ts';
import { ChainWriter, makeRule } from '../../netfilter/tableChanges.ts';
import type { EndpointCategories } from '../categorizeEndpoints.ts';
import { type ServiceChainNames, serviceChainNames } from '../chainNames.ts';
import { externallyAccessible, type ServicePortInfo } from '../servicePort.ts';
import { writeEndpointChains, writeLoadBalancing } from './endpointRules.ts';
import { type ProxyConfig, type ProxyNode, tableFamily } from './proxyConfig.ts';

const OWNER = 'kube-proxy';

/** Takes the rules of shared chains, in order; each is made when it is read. */
export type Capture = (table: 'nat' | 'filter', chain: string, make: () => Rule) => void;

/** Everything the rules of one service port on one node follow from. */
export interface ServiceOnNode {
  readonly service: ServicePortInfo;
  readonly endpoints: EndpointCategories;
  readonly config: ProxyConfig;
  readonly node: ProxyNode;
  readonly chains: ServiceChainNames;
  /** Whether internal (ClusterIP) and external traffic have somewhere to go. */
  readonly internal: boolean;
  readonly external: boolean;
}

interface Writer {
  add(chain: string, matches: readonly Match[], target: Target): void;
}

interface Capturing extends ServiceOnNode {
  readonly nat: Writer;
  readonly filter: Writer;
}

interface Context extends ServiceOnNode {
  readonly nat: ChainWriter;
}

export function serviceOnNode(
  service: ServicePortInfo,
  endpoints: EndpointCategories,
  config: ProxyConfig,
  node: ProxyNode,
): ServiceOnNode {
  return {
    service,
    endpoints,
    config,
    node,
    chains: serviceChainNames(service.name, service.protocol),
    internal: endpoints.any && (!service.internalPolicyLocal || endpoints.local.length > 0),
    external: endpoints.any && (!service.externalPolicyLocal || endpoints.local.length > 0),
  };
}

/** What one service port writes into chains that all Services share (syncProxyRules, pkg/proxy/iptables/proxier.go). */
export function captureService(on: ServiceOnNode, capture: Capture): void {
  const writer = (table: 'nat' | 'filter'): Writer => ({
    add: (chain, matches, target) =>
      capture(table, chain, () => makeRule(OWNER, table, chain, matches, target, tableFamily(on.config.family))),
  });
  const context: Capturing = { ...on, nat: writer('nat'), filter: writer('filter') };
  const { service, filter } = context;
  captureClusterIp(context);
  captureExternalIps(context);
  captureLoadBalancer(context);
  captureNodePort(context);
  if (service.healthCheckNodePort !== 0) {
    const matches = [
      protocol('tcp'),
      comment(`${service.name} health check node port`),
      destinationPort('tcp', service.healthCheckNodePort),
    ];
    filter.add('KUBE-NODEPORTS', matches, ACCEPT);
  }
}

/** The chains of the nat table that belong to one service port and its endpoints. */
export function serviceChains(on: ServiceOnNode): readonly Chain[] {
  const nat = new ChainWriter(OWNER, 'nat', tableFamily(on.config.family));
  const context: Context = { ...on, nat };
  const { service, endpoints, config, chains } = context;
  writeInternalChain(context);
  if (endpoints.any && externallyAccessible(service)) writeExternalChain(context);
  if (usesFirewall(context)) writeFirewallChain(context);
  if (endpoints.cluster.length > 0) writeLoadBalancing(nat, chains.cluster, service, endpoints.cluster, config);
  if (endpoints.local.length > 0) writeLoadBalancing(nat, chains.local, service, endpoints.local, config);
  writeEndpointChains(nat, service, endpoints.reachable, config);
  return nat.chains();
}

function captureClusterIp(context: Capturing): void {
  const { service, nat, filter } = context;
  const matches = (text: string): readonly Match[] => toAddress(context, service.clusterIp, text);
  if (context.internal) {
    nat.add('KUBE-SERVICES', matches(`${service.name} cluster IP`), jump(internalChain(context)));
  } else {
    const { text, target } = refusal(context);
    filter.add('KUBE-SERVICES', matches(text), target);
  }
}

function captureExternalIps(context: Capturing): void {
  const { service, endpoints, nat, filter, chains } = context;
  for (const address of service.externalIps) {
    if (endpoints.any) {
      nat.add('KUBE-SERVICES', toAddress(context, address, `${service.name} external IP`), jump(chains.external));
    }
    if (!context.external) {
      const { text, target } = refusal(context);
      filter.add('KUBE-EXTERNAL-SERVICES', toAddress(context, address, text), target);
    }
  }
}

function captureLoadBalancer(context: Capturing): void {
  const { service, endpoints, nat, filter, chains } = context;
  const firewall = usesFirewall(context);
  for (const address of service.loadBalancerVips) {
    if (endpoints.any) {
      const target = jump(firewall ? chains.firewall : chains.external);
      nat.add('KUBE-SERVICES', toAddress(context, address, `${service.name} loadbalancer IP`), target);
    }
    if (firewall) {
      const text = `${service.name} traffic not accepted by ${chains.firewall}`;
      filter.add('KUBE-PROXY-FIREWALL', toAddress(context, address, text), DROP);
    }
  }
  if (context.external) return;
  const { text, target } = refusal(context);
  for (const address of service.loadBalancerVips) {
    filter.add('KUBE-EXTERNAL-SERVICES', toAddress(context, address, text), target);
  }
}

/** Source ranges guard load balancer addresses only: node ports go their own way, for better or for worse. */
function captureNodePort(context: Capturing): void {
  const { service, endpoints, nat, filter, chains } = context;
  if (service.nodePort === 0) return;
  const port = destinationPort(service.protocol, service.nodePort);
  if (endpoints.any) {
    nat.add('KUBE-NODEPORTS', [protocol(service.protocol), comment(service.name), port], jump(chains.external));
  }
  if (!context.external) {
    const { text, target } = refusal(context);
    const matches = [protocol(service.protocol), comment(text), destinationType('LOCAL'), port];
    filter.add('KUBE-EXTERNAL-SERVICES', matches, target);
  }
}

/** Marks what comes to the ClusterIP from outside of the Pod network, since it might be sent to another node. */
function writeInternalChain(context: Context): void {
  const { service, config, node, nat } = context;
  if (!context.internal) return;
  const matches = toAddress(context, service.clusterIp, `${service.name} cluster IP`);
  if (config.masqueradeAll) nat.add(internalChain(context), matches, jump('KUBE-MARK-MASQ'));
  else if (node.podPrefix)
    nat.add(internalChain(context), [notSource(node.podPrefix), ...matches], jump('KUBE-MARK-MASQ'));
}

function writeExternalChain(context: Context): void {
  const { service, node, nat, chains } = context;
  const destinations = `${service.name} external destinations`;
  nat.declare(chains.external);
  if (!service.externalPolicyLocal) {
    nat.add(chains.external, [comment(`masquerade traffic for ${destinations}`)], jump('KUBE-MARK-MASQ'));
  } else {
    // Pods of this cluster go round neither policy: as if they had gone out to a load balancer and come back in.
    if (node.podPrefix) {
      const matches = [source(node.podPrefix), comment(`pod traffic for ${destinations}`)];
      nat.add(chains.external, matches, jump(chains.cluster));
    }
    const fromHere = (text: string): readonly Match[] => [
      comment(`${text} LOCAL traffic for ${destinations}`),
      sourceType('LOCAL'),
    ];
    nat.add(chains.external, fromHere('masquerade'), jump('KUBE-MARK-MASQ'));
    nat.add(chains.external, fromHere('route'), jump(chains.cluster));
  }
  if (context.external) nat.add(chains.external, [], jump(service.externalPolicyLocal ? chains.local : chains.cluster));
}

function writeFirewallChain(context: Context): void {
  const { service, node, nat, chains } = context;
  const allow = (from: Match): void =>
    nat.add(chains.firewall, [from, comment(`${service.name} loadbalancer IP`)], jump(chains.external));
  for (const range of service.sourceRanges) allow(source(range));
  // A balancer's address is often the node's own: its own requests then come from that address.
  if (service.sourceRanges.some((range) => prefixContains(range, node.nodeIp))) {
    for (const address of service.loadBalancerVips) allow(sourceAddress(address));
  }
  const text = `other traffic to ${service.name} will be dropped by KUBE-PROXY-FIREWALL`;
  nat.add(chains.firewall, [comment(text)], NO_TARGET);
}

function usesFirewall({ service, endpoints }: ServiceOnNode): boolean {
  return endpoints.any && service.loadBalancerVips.length > 0 && service.sourceRanges.length > 0;
}

function internalChain({ service, chains }: ServiceOnNode): string {
  return service.internalPolicyLocal ? chains.local : chains.cluster;
}

/** No endpoint anywhere is an error the client is told; a policy that finds none here is not. */
function refusal({ service, endpoints, config }: ServiceOnNode): { readonly text: string; readonly target: Target } {
  return endpoints.any
    ? { text: `${service.name} has no local endpoints`, target: DROP }
    : { text: `${service.name} has no endpoints`, target: config.family === 'IPv6' ? REJECT_IPV6 : REJECT };
}

function toAddress({ service }: ServiceOnNode, address: IpAddress, text: string): readonly Match[] {
  return [
    destinationAddress(address),
    protocol(service.protocol),
    comment(text),
    destinationPort(service.protocol, service.port),
  ];
}
