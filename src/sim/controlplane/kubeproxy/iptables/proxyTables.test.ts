import { describe, expect, it } from 'vitest';
import type { NetfilterTable, Rule } from '../../../../datamodel/network/netfilter.ts';
import { ipAddress } from '../../../../wire/address.ts';
import { serviceCluster } from '../../../services/serviceCluster.ts';
import { DEFAULT_SETTINGS } from '../../../simulation.ts';
import { type CompiledCluster, compile } from '../../compile.ts';
import { richCluster } from '../../testing/richCluster.ts';

const CLUSTERS = { 'one of everything': richCluster(), 'many Services': serviceCluster(40, 7).objects };

function tablesOf(compiled: CompiledCluster, node: string): readonly NetfilterTable[] {
  return compiled.netns(`node/${node}`)?.netfilter ?? [];
}

const ELSEWHERE = ipAddress('198.51.100.1');

/** A packet's destination that the rule could be for. */
function destinationOf({ matches }: Rule) {
  const prefix = matches.flatMap((match) => (match.type === 'destination' && !match.negate ? [match.prefix] : []))[0];
  const ends = matches.flatMap((match) => (match.type === 'transport' ? [match] : []))[0];
  return { address: prefix?.address, protocol: ends?.protocol, port: ends?.destination?.from };
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

  it('makes the rules that a packet could match as it lists them', () => {
    let looked = 0;
    for (const { node, family, name, chains } of listed) {
      const compiled = compile(objects, DEFAULT_SETTINGS);
      const table = tablesOf(compiled, node).find((each) => each.family === family && each.name === name);
      for (const { name: chain, rules } of chains.toReversed()) {
        const lookup = table?.find?.(chain)?.lookup;
        if (lookup === undefined) continue;
        looked++;
        expect(lookup.length, `${node} ${name} ${chain}`).toBe(rules.length);
        expect(lookup.at(rules.length)).toBeUndefined();
        rules.forEach((rule, place) => {
          const { address, protocol, port } = destinationOf(rule);
          const places = lookup.places(address ?? ELSEWHERE, protocol, port);
          expect(places, `${node} ${name} ${chain} ${place}`).toContain(place);
          expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
          expect(lookup.at(place)).toEqual(rule);
        });
      }
    }
    expect(looked).toBeGreaterThan(0);
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
