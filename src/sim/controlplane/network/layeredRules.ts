import type { Chain } from '../../../datamodel/network/netfilter.ts';
import type { TableChanges } from '../netfilter/tableChanges.ts';
import type { NetnsParts } from '../netnsParts.ts';

/**
 * The rules of several generations of agents and plugins. Agents write their chains anew; what plugins have put into chains that
 * they share (portmap's) for Pods of before stays ahead of what later ones add.
 */
export function layeredRules(layers: readonly (readonly NetnsParts[])[]): readonly NetnsParts[] {
  const earlier = new Map<string, Chain>();
  return layers.flatMap((parts) =>
    parts.map((part) =>
      part.tables ? { ...part, tables: part.tables.map((changes) => over(changes, earlier)) } : part,
    ),
  );
}

function over(changes: TableChanges, earlier: Map<string, Chain>): TableChanges {
  const chains = changes.chains.map((chain) => {
    const key = `${changes.family ?? 'ipv4'} ${changes.table} ${chain.name}`;
    const before = earlier.get(key)?.rules.filter(({ owner }) => owner === 'cni') ?? [];
    const known = new Set(chain.rules.map(({ id }) => id));
    const kept = before.filter(({ id }) => !known.has(id));
    const joined = kept.length > 0 ? { ...chain, rules: [...kept, ...chain.rules] } : chain;
    earlier.set(key, joined);
    return joined;
  });
  return { ...changes, chains };
}
