import { once } from '../../../../base/kept.ts';
import type { Chain } from '../../../../datamodel/network/netfilter.ts';
import type { TableChanges } from '../../netfilter/tableChanges.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { proxyJumps } from './commonRules.ts';
import { type ProxyConfig, type ProxyNode, tableFamily } from './proxyConfig.ts';
import { countRules } from './ruleCount.ts';
import { type ServiceOnNode, serviceChains } from './serviceRules.ts';
import { sharedChains } from './sharedChains.ts';

/** What a service port comes to on a node, its own chains made when one of them is first asked for. */
export interface ServiceParts {
  readonly on: ServiceOnNode;
  readonly chains: () => ReadonlyMap<string, Chain>;
}

export function serviceParts(on: ServiceOnNode): ServiceParts {
  return { on, chains: once(() => new Map(serviceChains(on).map((chain) => [chain.name, chain]))) };
}

/** A service port's own chains share a hash; an endpoint's has one of its own. */
const SERVICE_CHAIN = /^KUBE-(?:SVC|SVL|EXT|FW)-/;
const ENDPOINT_CHAIN = /^KUBE-SEP-/;

/**
 * kube-proxy's tables on one node. Of the chains that Services share, the rules are made that a packet could match, a Service's
 * own chains when a packet comes to that Service, all of them when somebody wants to read the table.
 * @param partsOf of the service port at a place of the list.
 */
export function proxyTables(
  services: readonly ServicePortInfo[],
  config: ProxyConfig,
  node: ProxyNode,
  partsOf: (place: number) => ServiceParts,
): readonly TableChanges[] {
  const family = tableFamily(config.family);
  const counts = once(() => countRules(services, config, node));
  const met = new MetServices(services, partsOf);
  const shared = sharedChains(services, config, node, counts, (place) => met.meet(place));
  const rulesOf = (table: 'nat' | 'filter'): number => {
    let sum = shared.common[table];
    for (const [key, { total }] of counts().shared) if (key.startsWith(`${table} `)) sum += total;
    return sum;
  };
  return [
    { family, table: 'mangle', chains: [{ name: 'KUBE-PROXY-CANARY', rules: [] }], jumps: [] },
    {
      family,
      table: 'filter',
      jumps: proxyJumps('filter', family),
      get chains() {
        return [...shared.filter.values()].map((make) => make());
      },
      find: (name) => shared.filter.get(name)?.(),
      get ruleCount() {
        return rulesOf('filter');
      },
    },
    {
      family,
      table: 'nat',
      jumps: proxyJumps('nat', family),
      get chains() {
        return [...[...shared.nat.values()].map((make) => make()), ...met.all().values()];
      },
      find: (name) => (shared.nat.has(name) ? shared.nat.get(name)?.() : met.find(name)),
      get ruleCount() {
        return rulesOf('nat') + counts().own;
      },
    },
  ];
}

/** Chains of Services' own, found by the names in rules that have been read: whoever else asks has all of them made. */
class MetServices {
  readonly #services: readonly ServicePortInfo[];
  readonly #partsOf: (place: number) => ServiceParts;
  readonly #places = new Map<string, number>();
  readonly #endpointChains = new Map<string, Chain>();
  readonly all: () => ReadonlyMap<string, Chain>;

  constructor(services: readonly ServicePortInfo[], partsOf: (place: number) => ServiceParts) {
    this.#services = services;
    this.#partsOf = partsOf;
    this.all = once(() => new Map(services.flatMap((_, place) => [...partsOf(place).chains()])));
  }

  meet(place: number): ServiceOnNode {
    const { on } = this.#partsOf(place);
    this.#places.set(hashOf(on.chains.cluster), place);
    return on;
  }

  find(name: string): Chain | undefined {
    // packets come to an endpoint's chain from its Service's, which has been made by then
    if (ENDPOINT_CHAIN.test(name)) return this.#endpointChains.get(name) ?? this.all().get(name);
    if (!SERVICE_CHAIN.test(name)) return undefined;
    const hash = hashOf(name);
    if (!this.#places.has(hash)) for (const place of this.#services.keys()) this.meet(place);
    const place = this.#places.get(hash);
    if (place === undefined) return undefined;
    const chains = this.#partsOf(place).chains();
    for (const [each, chain] of chains) this.#endpointChains.set(each, chain);
    return chains.get(name);
  }
}

function hashOf(chain: string): string {
  return chain.slice(chain.lastIndexOf('-') + 1);
}
