import type { PolicyRule } from '../../../datamodel/network/policyRule.ts';
import { prefixContains } from '../../../wire/address.ts';
import type { RouteQuery } from '../kernel.ts';

/** A rule with the table that it leads to, as that is searched. */
export interface RuledTable<Index> {
  readonly rule: PolicyRule;
  readonly index: Index;
}

/** The rules in the order in which they are asked; tables that several lead to are indexed once. */
export function ruledTables<Index>(
  rules: readonly PolicyRule[],
  indexOf: (table: number) => Index,
): readonly RuledTable<Index>[] {
  const tables = new Map<number, Index>();
  return rules
    .toSorted((a, b) => a.priority - b.priority)
    .map((rule) => {
      const index = tables.get(rule.table) ?? indexOf(rule.table);
      tables.set(rule.table, index);
      return { rule, index };
    });
}

/**
 * Whether a rule is for a packet (Linux: net/core/fib_rules.c, fib_rule_match; net/ipv4/fib_rules.c, fib4_rule_match). What has no
 * source yet is from nobody: no rule for a source is for it.
 */
export function agrees(rule: PolicyRule, { destination, source, inputDevice = 'lo', mark = 0 }: RouteQuery): boolean {
  if (rule.destination && !prefixContains(rule.destination, destination)) return false;
  if (rule.source && rule.source.length > 0 && (source === undefined || !prefixContains(rule.source, source)))
    return false;
  if (rule.inputDevice !== undefined && rule.inputDevice !== inputDevice) return false;
  return rule.mark === undefined || ((mark ^ rule.mark.value) & rule.mark.mask) === 0;
}
