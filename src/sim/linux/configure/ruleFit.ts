import type { Refusal, RuleSpec } from '../../../datamodel/network/edit.ts';
import type { Chain, Hook, NetfilterTable, TableName } from '../../../datamodel/network/netfilter.ts';

type Chains = ReadonlyMap<string, Chain>;

/** Targets that only some hooks of the nat table know. */
const TRANSLATIONS: Readonly<Record<string, readonly Hook[]>> = {
  DNAT: ['PREROUTING', 'OUTPUT'],
  SNAT: ['POSTROUTING', 'INPUT'],
  MASQUERADE: ['POSTROUTING'],
};

/**
 * Why rules cannot be where they were put: they lead to a chain that is not there, in a circle, or to what their table or
 * hook does not allow (Linux: net/netfilter/nf_tables_api.c, nft_chain_validate; the checkentry of each target).
 *
 * @param table with the rules in it.
 */
export function misfit(table: NetfilterTable, chain: string, rules: readonly RuleSpec[]): Refusal | undefined {
  const chains: Chains = new Map(table.chains.map((each) => [each.name, each]));
  for (const { target } of rules) {
    const missing = 'chain' in target && !chains.has(target.chain);
    if (missing) return { type: 'noChain', name: target.chain };
  }
  if (rules.some(({ target }) => 'chain' in target && leadsTo(chains, target.chain, chain, new Set())))
    return { type: 'chain', name: chain, errno: 'EMLINK' };
  const hooks = hooksOf(table, chain);
  const reached = new Set<string>([chain]);
  const pending: RuleSpec[] = [...rules];
  for (let rule = pending.pop(); rule !== undefined; rule = pending.pop()) {
    if (!fits(rule, table.name, hooks)) return { type: 'chain', name: chain, errno: 'EINVAL' };
    const next = 'chain' in rule.target ? rule.target.chain : undefined;
    if (next === undefined || reached.has(next)) continue;
    reached.add(next);
    pending.push(...(chains.get(next)?.rules ?? []));
  }
  return undefined;
}

function fits({ matches, target }: RuleSpec, table: TableName, hooks: ReadonlySet<string>): boolean {
  const is = (protocol: string): boolean =>
    matches.some((match) => match.type === 'protocol' && match.protocol === protocol && !match.negate);
  if (matches.some(({ type }) => type === 'icmp') && !is('icmp')) return false;
  switch (target.type) {
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
      return table === 'nat' && [...hooks].every((hook) => TRANSLATIONS[target.type]?.includes(hook as Hook));
    case 'REJECT':
      return table === 'filter' && (target.with !== 'tcp-reset' || is('tcp'));
    case 'NOTRACK':
      return table === 'raw';
    default:
      return true;
  }
}

/** The built-in chains from which packets get to a chain. */
function hooksOf(table: NetfilterTable, chain: string): ReadonlySet<string> {
  const callers = new Map<string, string[]>();
  for (const { name, rules } of table.chains) {
    for (const { target } of rules) {
      if ('chain' in target) callers.set(target.chain, [...(callers.get(target.chain) ?? []), name]);
    }
  }
  const seen = new Set([chain]);
  for (const name of seen) for (const caller of callers.get(name) ?? []) seen.add(caller);
  const builtIn = new Set(table.chains.filter((each) => each.policy !== undefined).map((each) => each.name));
  return new Set([...seen].filter((name) => builtIn.has(name)));
}

function leadsTo(chains: Chains, from: string, wanted: string, seen: Set<string>): boolean {
  if (from === wanted) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (chains.get(from)?.rules ?? []).some(
    ({ target }) => 'chain' in target && leadsTo(chains, target.chain, wanted, seen),
  );
}
