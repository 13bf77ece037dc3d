import type { Match, Target } from '../../../../datamodel/network/netfilter.ts';
import { comment, jump, protocol, sourceAddress, transport } from '../../netfilter/match.ts';
import type { ChainWriter } from '../../netfilter/tableChanges.ts';
import { endpointChainName } from '../chainNames.ts';
import type { EndpointInfo, ServicePortInfo } from '../servicePort.ts';
import type { ProxyConfig } from './proxyConfig.ts';

/** A policy's chain: first those who were here before (affinity), then the coin. */
export function writeLoadBalancing(
  nat: ChainWriter,
  chain: string,
  service: ServicePortInfo,
  endpoints: readonly EndpointInfo[],
  config: ProxyConfig,
): void {
  const rule = (endpoint: EndpointInfo, match: readonly Match[]): void => {
    const text = config.largeCluster ? [] : [comment(`${service.name} -> ${endpoint.text}`)];
    nat.add(chain, [...text, ...match], jump(chainOf(service, endpoint)));
  };
  nat.declare(chain);
  if (service.affinitySeconds !== undefined) {
    for (const endpoint of endpoints) {
      const name = chainOf(service, endpoint);
      rule(endpoint, [{ type: 'recent', name, operation: 'rcheck', seconds: service.affinitySeconds, reap: true }]);
    }
  }
  endpoints.forEach((endpoint, i) => {
    const left = endpoints.length - i;
    rule(endpoint, left > 1 ? [{ type: 'statistic', probability: probability(left) }] : []);
  });
}

/** The endpoints' chains: a Pod that reaches itself is masqueraded, then the address is rewritten. */
export function writeEndpointChains(
  nat: ChainWriter,
  service: ServicePortInfo,
  endpoints: readonly EndpointInfo[],
  config: ProxyConfig,
): void {
  for (const endpoint of endpoints) {
    const chain = chainOf(service, endpoint);
    const text = config.largeCluster ? [] : [comment(service.name)];
    nat.add(chain, [sourceAddress(endpoint.address), ...text], jump('KUBE-MARK-MASQ'));
    const remember: readonly Match[] =
      service.affinitySeconds === undefined ? [] : [{ type: 'recent', name: chain, operation: 'set' }];
    const matches = [protocol(service.protocol), ...text, ...remember, transport(service.protocol)];
    nat.add(chain, matches, dnat(endpoint));
  }
}

/** The chance of 1/n, in the ten decimals that the proxier writes it with. */
export function probability(n: number): number {
  return Number((1 / n).toFixed(10));
}

function dnat(endpoint: EndpointInfo): Target {
  return { type: 'DNAT', address: endpoint.address, ports: { from: endpoint.port, to: endpoint.port } };
}

function chainOf(service: ServicePortInfo, endpoint: EndpointInfo): string {
  return endpointChainName(service.name, service.protocol, endpoint.text);
}
