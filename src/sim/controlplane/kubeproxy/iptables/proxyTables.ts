import { once } from '../../../../base/kept.ts';
import type { Chain } from '../../../../datamodel/network/netfilter.ts';
import { ChainWriter, type TableChanges } from '../../netfilter/tableChanges.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { proxyJumps, writeCommonRules, writeNodePortJumps } from './commonRules.ts';
import { type ProxyConfig, type ProxyNode, tableFamily } from './proxyConfig.ts';
import { countRules } from './ruleCount.ts';
import { captureService, type ServiceOnNode, serviceChains } from './serviceRules.ts';

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
 * kube-proxy's tables on one node. The chains that all Services share are made when the first packet comes to one of them, a
 * Service's own when a packet comes to that Service, all of them when somebody wants to read the table.
 * @param partsOf of the service port at a place of the list.
 */
export function proxyTables(
  services: readonly ServicePortInfo[],
  config: ProxyConfig,
  node: ProxyNode,
  partsOf: (place: number) => ServiceParts,
): readonly TableChanges[] {
  const family = tableFamily(config.family);
  // whoever asks for a chain of somebody else shall not have all the shared ones made
  const common = commonNames(config);
  const shared = once(() => sharedChains(services, config, node, partsOf));
  const counts = once(() => countRules(services, config, node));
  const own = once(() => services.flatMap((_, place) => [...partsOf(place).chains()]));
  const ownChains = once(() => new Map(own()));
  // packets come to an endpoint's chain from its Service's, which has been made by then
  const met = new Map<string, Chain>();
  const findOwn = (name: string): Chain | undefined => {
    if (ENDPOINT_CHAIN.test(name)) return met.get(name) ?? ownChains().get(name);
    const place = SERVICE_CHAIN.test(name) ? shared().places.get(hashOf(name)) : undefined;
    if (place === undefined) return undefined;
    const chains = partsOf(place).chains();
    for (const [each, chain] of chains) met.set(each, chain);
    return chains.get(name);
  };
  return [
    { family, table: 'mangle', chains: [{ name: 'KUBE-PROXY-CANARY', rules: [] }], jumps: [] },
    {
      family,
      table: 'filter',
      jumps: proxyJumps('filter', family),
      get chains() {
        return [...shared().filter.values()];
      },
      find: (name) => (common.filter.has(name) ? shared().filter.get(name) : undefined),
      get ruleCount() {
        return counts().filter;
      },
    },
    {
      family,
      table: 'nat',
      jumps: proxyJumps('nat', family),
      get chains() {
        return [...shared().nat.values(), ...ownChains().values()];
      },
      find: (name) => (common.nat.has(name) ? shared().nat.get(name) : findOwn(name)),
      get ruleCount() {
        return counts().nat;
      },
    },
  ];
}

/** The chains that Services share, by name. */
function commonNames(config: ProxyConfig): Readonly<Record<'nat' | 'filter', ReadonlySet<string>>> {
  const [nat, filter] = [new ChainWriter('kube-proxy', 'nat'), new ChainWriter('kube-proxy', 'filter')];
  writeCommonRules(nat, filter, config);
  const names = (writer: ChainWriter): ReadonlySet<string> => new Set(writer.chains().map(({ name }) => name));
  return { nat: names(nat), filter: names(filter) };
}

interface SharedChains {
  readonly nat: ReadonlyMap<string, Chain>;
  readonly filter: ReadonlyMap<string, Chain>;
  /** Service ports' places by the hash in their chains' names. */
  readonly places: ReadonlyMap<string, number>;
}

function sharedChains(
  services: readonly ServicePortInfo[],
  config: ProxyConfig,
  node: ProxyNode,
  partsOf: (place: number) => ServiceParts,
): SharedChains {
  const family = tableFamily(config.family);
  const nat = new ChainWriter('kube-proxy', 'nat', family);
  const filter = new ChainWriter('kube-proxy', 'filter', family);
  const places = new Map<string, number>();
  writeCommonRules(nat, filter, config);
  services.forEach((_, place) => {
    const { on } = partsOf(place);
    places.set(hashOf(on.chains.cluster), place);
    captureService(on, (table, chain, rule) => (table === 'nat' ? nat : filter).addRules(chain, [rule]));
  });
  writeNodePortJumps(nat, config, node);
  const byName = (writer: ChainWriter) => new Map(writer.chains().map((chain) => [chain.name, chain]));
  return { nat: byName(nat), filter: byName(filter), places };
}

function hashOf(chain: string): string {
  return chain.slice(chain.lastIndexOf('-') + 1);
}
