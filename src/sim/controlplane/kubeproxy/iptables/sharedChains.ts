import { once } from '../../../../base/kept.ts';
import type { Chain, Rule } from '../../../../datamodel/network/netfilter.ts';
import { ChainWriter } from '../../netfilter/tableChanges.ts';
import { indexServices } from '../serviceIndex.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { writeCommonRules, writeNodePortJumps } from './commonRules.ts';
import { longChain } from './longChain.ts';
import { type ProxyConfig, type ProxyNode, tableFamily } from './proxyConfig.ts';
import { type RuleCounts, rulesIn, sharedChainKey } from './ruleCount.ts';
import { captureService, type ServiceOnNode } from './serviceRules.ts';

type Table = 'nat' | 'filter';
type Makers = ReadonlyMap<string, () => Chain>;

/** The chains that all Services of a node share, by name, each made when it is asked for. */
export interface SharedChains extends Readonly<Record<Table, Makers>> {
  /** How many of each table's rules are there whatever the Services. */
  readonly common: Readonly<Record<Table, number>>;
}

/** @param meet the service port at a place, whose rules are about to be read. */
export function sharedChains(
  services: readonly ServicePortInfo[],
  config: ProxyConfig,
  node: ProxyNode,
  counts: () => RuleCounts,
  meet: (place: number) => ServiceOnNode,
): SharedChains {
  const family = tableFamily(config.family);
  const nat = new ChainWriter('kube-proxy', 'nat', family);
  const filter = new ChainWriter('kube-proxy', 'filter', family);
  writeCommonRules(nat, filter, config);
  writeNodePortJumps(nat, config, node);
  const makers = (table: Table, writer: ChainWriter): Makers =>
    new Map(
      writer.chains().map((common) => {
        const make = (): Chain => {
          const count = counts().shared.get(sharedChainKey(table, common.name));
          if (count === undefined) return common;
          const rulesOf = (place: number): readonly Rule[] => capturedRules(meet(place), table, common.name);
          return longChain(common.name, indexServices(services), count, rulesOf, common.rules);
        };
        return [common.name, once(make)];
      }),
    );
  return {
    nat: makers('nat', nat),
    filter: makers('filter', filter),
    common: { nat: rulesIn(nat.chains()), filter: rulesIn(filter.chains()) },
  };
}

function capturedRules(on: ServiceOnNode, table: Table, chain: string): readonly Rule[] {
  const rules: Rule[] = [];
  captureService(on, (where, name, make) => {
    if (where === table && name === chain) rules.push(make());
  });
  return rules;
}
