import type { NetfilterTable } from '../datamodel/network/netfilter.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { Owner } from '../datamodel/network/tables.ts';

/** Who owns nothing that could be written again: the kernel follows, and people do as they like. */
const NOBODY: readonly Owner[] = ['kernel', 'user'];
/** sysctls say of no value who wrote it; a machine's own set-up is who does it here. */
const SYSCTL_OWNER = 'host';

/** The agents whose entries are changed or gone in `after`, or whose chains have rules of others in them. */
export function touchedOwners(before: Netns, after: Netns): readonly Owner[] {
  const owners = new Set<Owner>();
  for (const list of ['links', 'addresses', 'routes', 'neighbors', 'fdb'] as const) {
    if (before[list] === after[list]) continue;
    const left = new Set<unknown>(after[list]);
    for (const entry of before[list]) if (!left.has(entry)) owners.add(entry.owner);
  }
  if (before.netfilter !== after.netfilter) for (const owner of ruleOwners(before, after)) owners.add(owner);
  if (before.sysctls !== after.sysctls) owners.add(SYSCTL_OWNER);
  for (const owner of NOBODY) owners.delete(owner);
  return [...owners].sort();
}

function ruleOwners(before: Netns, after: Netns): ReadonlySet<Owner> {
  const owners = new Set<Owner>();
  for (const table of before.netfilter) {
    const next = after.netfilter.find((each) => each.family === table.family && each.name === table.name);
    if (next === table) continue;
    for (const chain of table.chains) {
      const now = next?.chains.find((each) => each.name === chain.name);
      if (now?.rules === chain.rules) continue;
      const left = new Set(now?.rules);
      for (const rule of chain.rules) if (!left.has(rule)) owners.add(rule.owner);
      // A chain of an agent's own is written as a whole; the built-in ones are everybody's.
      if (chain.policy === undefined) for (const owner of chainOwners(table, chain.name)) owners.add(owner);
    }
  }
  return owners;
}

/** Whoever wrote the rules of a chain, or those that lead to it while it is empty. */
function chainOwners(table: NetfilterTable, name: string): readonly Owner[] {
  const own = table.chains.find((chain) => chain.name === name)?.rules ?? [];
  if (own.length > 0) return own.map((rule) => rule.owner);
  return table.chains
    .flatMap((chain) => chain.rules)
    .filter(({ target }) => 'chain' in target && target.chain === name)
    .map((rule) => rule.owner);
}
