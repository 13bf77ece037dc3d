import type { NftTable } from '../../datamodel/network/nftables.ts';

export interface NftCounts {
  readonly rules: number;
  readonly mapElements: number;
}

/** Big tables are made piece by piece as they are asked for: more chains than this are not made to be counted. */
const MOST_CHAINS = 2000;
const known = new WeakMap<NftTable, NftCounts | 'many'>();

/** How much stands in IPv4's tables; undefined where counting would take long. */
export function nftCounts(tables: readonly NftTable[]): NftCounts | undefined {
  const sum = { rules: 0, mapElements: 0 };
  for (const table of tables) {
    if (table.family !== 'ip') continue;
    const counts = known.get(table) ?? count(table);
    known.set(table, counts);
    if (counts === 'many') return undefined;
    sum.rules += counts.rules;
    sum.mapElements += counts.mapElements;
  }
  return sum;
}

function count(table: NftTable): NftCounts | 'many' {
  if ((table.chains.atLeast ?? 0) > MOST_CHAINS) return 'many';
  const sum = { rules: 0, mapElements: 0 };
  let chains = 0;
  for (const chain of table.chains.values()) {
    if (++chains > MOST_CHAINS) return 'many';
    sum.rules += chain.rules.length;
  }
  for (const map of table.maps.values()) for (const _ of map.elements.values()) sum.mapElements++;
  return sum;
}
