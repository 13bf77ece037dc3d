import { describe, expect, it } from 'vitest';
import type { NetfilterTable } from '../../../../datamodel/network/netfilter.ts';
import { serviceCluster } from '../../../services/serviceCluster.ts';
import { DEFAULT_SETTINGS } from '../../../simulation.ts';
import { type CompiledCluster, compile } from '../../compile.ts';
import { richCluster } from '../../testing/richCluster.ts';

const CLUSTERS = { 'one of everything': richCluster(), 'many Services': serviceCluster(40, 7).objects };

function tablesOf(compiled: CompiledCluster, node: string): readonly NetfilterTable[] {
  return compiled.netns(`node/${node}`)?.netfilter ?? [];
}

describe.each(Object.entries(CLUSTERS))('%s', (_, objects) => {
  const listing = compile(objects, DEFAULT_SETTINGS);
  const listed = [...listing.plan.nodes.keys()].flatMap((node) =>
    tablesOf(listing, node).map(({ family, name, chains }) => ({ node, family, name, chains })),
  );

  it('finds every chain that it lists, whichever is asked for first', () => {
    for (const { node, family, name, chains } of listed) {
      const compiled = compile(objects, DEFAULT_SETTINGS);
      const table = tablesOf(compiled, node).find((each) => each.family === family && each.name === name);
      for (const chain of chains.toReversed()) {
        const found = table?.find ? table.find(chain.name) : table?.chains.find((each) => each.name === chain.name);
        expect(found, `${node} ${name} ${chain.name}`).toEqual(chain);
      }
      expect(table?.find?.('KUBE-SVC-AAAAAAAAAAAAAAAA')).toBeUndefined();
      expect(table?.find?.('KUBE-SEP-AAAAAAAAAAAAAAAA')).toBeUndefined();
    }
  });

  it('counts the rules that it lists', () => {
    const compiled = compile(objects, DEFAULT_SETTINGS);
    for (const { node, family, name, chains } of listed) {
      const table = tablesOf(compiled, node).find((each) => each.family === family && each.name === name);
      const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
      if (name === 'nat') expect(table?.ruleCount, `${node} ${name}`).toBeDefined();
      expect(table?.ruleCount ?? rules, `${node} ${name}`).toBe(rules);
    }
  });
});
