import { ok } from '../../../base/result.ts';
import type { PolicyRuleAddition, PolicyRuleDeletion } from '../../../datamodel/network/edit.ts';
import { BORN_RULES, type PolicyRule } from '../../../datamodel/network/policyRule.ts';
import { formatPrefix, type IpPrefix } from '../../../wire/address.ts';
import { type EditResult, type NetnsState, type NewId, refuse, USER, withNetns } from './netnsState.ts';

/** `ip rule add` (Linux: net/core/fib_rules.c, fib_nl_newrule). */
export function addPolicyRule(state: NetnsState, { rule: wanted }: PolicyRuleAddition, newId: NewId): EditResult {
  const rules = state.netns.policyRules ?? BORN_RULES;
  const rule: PolicyRule = { ...wanted, priority: wanted.priority ?? nextPriority(rules), id: newId(), owner: USER };
  if (rules.some((other) => sameRule(other, rule))) return refuse('EEXIST');
  const policyRules = [...rules, rule].toSorted((a, b) => a.priority - b.priority);
  return ok(withNetns(state, { policyRules }));
}

/** One less than the first after that of local (fib_default_rule_pref). */
function nextPriority(rules: readonly PolicyRule[]): number {
  const second = rules.toSorted((a, b) => a.priority - b.priority)[1]?.priority ?? 0;
  return Math.max(0, second - 1);
}

/** `ip rule del` (fib_nl_delrule). */
export function deletePolicyRule(state: NetnsState, { rule: named }: PolicyRuleDeletion): EditResult {
  const rules = state.netns.policyRules ?? BORN_RULES;
  const found = rules.find((rule) => isNamed(rule, named));
  if (!found) return refuse('ENOENT');
  return ok(withNetns(state, { policyRules: rules.filter((rule) => rule !== found) }));
}

function isNamed(rule: PolicyRule, named: PolicyRuleDeletion['rule']): boolean {
  return (
    (named.priority === undefined || named.priority === rule.priority) &&
    (named.table === undefined || named.table === rule.table) &&
    (named.inputDevice === undefined || named.inputDevice === rule.inputDevice) &&
    (named.source === undefined || samePrefix(named.source, rule.source)) &&
    (named.destination === undefined || samePrefix(named.destination, rule.destination)) &&
    (named.mark === undefined || (named.mark.value === rule.mark?.value && named.mark.mask === rule.mark.mask))
  );
}

function sameRule(a: PolicyRule, b: PolicyRule): boolean {
  return (
    a.priority === b.priority &&
    a.table === b.table &&
    a.inputDevice === b.inputDevice &&
    samePrefix(a.source, b.source) &&
    samePrefix(a.destination, b.destination) &&
    a.mark?.value === b.mark?.value &&
    a.mark?.mask === b.mark?.mask
  );
}

function samePrefix(a: IpPrefix | undefined, b: IpPrefix | undefined): boolean {
  return (a && a.length > 0 ? formatPrefix(a) : '') === (b && b.length > 0 ? formatPrefix(b) : '');
}
