import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Chain, NetfilterTable } from '../datamodel/network/netfilter.ts';
import { compareChains, printRule } from './iptablesSave.ts';

/**
 * What `iptables -S [chain [rulenum]]` prints.
 *
 * @param position counts from 1; with it the one rule alone is printed.
 */
export function printIptablesRules(table: NetfilterTable, chain?: string, position?: number): readonly PrintedLine[] {
  const chains = [...table.chains].sort(compareChains).filter((each) => chain === undefined || each.name === chain);
  const rules = chains.flatMap(({ name, rules: own }) =>
    own.map((rule) => ({ text: printRule(name, rule), entry: rule.id })),
  );
  if (position !== undefined) return rules.slice(position - 1, position);
  return [...chains.map((each) => ({ text: chainLine(each) })), ...rules];
}

function chainLine({ name, policy }: Chain): string {
  return policy === undefined ? `-N ${name}` : `-P ${name} ${policy}`;
}
