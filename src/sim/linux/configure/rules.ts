import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import { err, ok, type Result } from '../../../base/result.ts';
import type { Refusal, RuleChange, RuleEdit } from '../../../datamodel/network/edit.ts';
import type { Chain, Hook, NetfilterTable, Rule, TableName } from '../../../datamodel/network/netfilter.ts';
import { type EditResult, type NetnsState, type NewId, refuse, USER, withNetns } from './netnsState.ts';
import { misfit } from './ruleFit.ts';
import { sameRule } from './sameRule.ts';

const HOOKS: Readonly<Record<TableName, readonly Hook[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

type TableResult = Result<NetfilterTable, Refusal>;

/** What iptables asks of a table; one that is not there yet is made with its built-in chains. */
export function editRules(state: NetnsState, { table: name, change }: RuleEdit, newId: NewId): EditResult {
  const tables = state.netns.netfilter;
  const known = tables.find((table) => table.family === 'ipv4' && table.name === name);
  const before = known ?? emptyTable(name);
  const result = changed(before, change, newId);
  if (!result.ok) return result;
  if (result.value === before) return ok(state);
  const netfilter = known ? tables.map((table) => (table === known ? result.value : table)) : [...tables, result.value];
  return ok(withNetns(state, { netfilter }));
}

/** A table as the kernel has it before anybody has written into it. */
export function emptyTable(name: TableName): NetfilterTable {
  return { family: 'ipv4', name, chains: HOOKS[name].map((hook) => ({ name: hook, policy: 'ACCEPT', rules: [] })) };
}

function changed(table: NetfilterTable, change: RuleChange, newId: NewId): TableResult {
  const chain = table.chains.find((each) => each.name === change.chain);
  switch (change.operation) {
    case 'append':
    case 'insert':
    case 'replace':
      return put(table, chain, change, newId);
    case 'delete':
    case 'deleteAt':
    case 'check':
      return taken(table, chain, change);
    case 'flush':
      return change.chain === undefined
        ? ok(flushed(table))
        : onChain(table, chain, (each) => ({ ...each, rules: [] }));
    case 'policy':
      if (chain?.policy === undefined) return refuse('EINVAL');
      return onChain(table, chain, (each) =>
        each.policy === change.policy ? each : { ...each, policy: change.policy },
      );
    case 'zero':
      // Packets are not counted here: there is nothing to set to zero.
      return change.chain !== undefined && chain === undefined ? refuse('ENOENT') : ok(table);
    case 'newChain':
      if (chain) return refuse('EEXIST');
      return ok({ ...table, chains: [...table.chains, { name: change.chain, rules: [] }] });
    case 'deleteChain':
      return withoutChains(table, chain, change.chain);
    case 'renameChain':
      return renamed(table, chain, change.to);
    default:
      return assertUnreachable(change);
  }
}

type Put = Extract<RuleChange, { operation: 'append' | 'insert' | 'replace' }>;

function put(table: NetfilterTable, chain: Chain | undefined, change: Put, newId: NewId): TableResult {
  const specs = change.operation === 'replace' ? [change.rule] : change.rules;
  const missing = specs.find(({ target }) => 'chain' in target && !hasChain(table, target.chain));
  if (missing && 'chain' in missing.target) return err({ type: 'noChain', name: missing.target.chain });
  if (chain === undefined) return refuse('ENOENT');
  const count = chain.rules.length;
  const position = change.operation === 'append' ? count + 1 : change.position;
  if (position > (change.operation === 'replace' ? count : count + 1)) return refuse('E2BIG');
  const rules = specs.map((spec): Rule => ({ id: newId(), owner: USER, ...spec }));
  const next = withChain(table, chain, {
    ...chain,
    rules: chain.rules.toSpliced(position - 1, change.operation === 'replace' ? 1 : 0, ...rules),
  });
  const problem = misfit(next, chain.name, rules);
  return problem ? err(problem) : ok(next);
}

type Take = Extract<RuleChange, { operation: 'delete' | 'deleteAt' | 'check' }>;

function taken(table: NetfilterTable, chain: Chain | undefined, change: Take): TableResult {
  if (change.operation === 'deleteAt') {
    if (chain === undefined) return refuse('ENOENT');
    if (change.position > chain.rules.length) return refuse('E2BIG');
    return ok(withChain(table, chain, { ...chain, rules: chain.rules.toSpliced(change.position - 1, 1) }));
  }
  const missing = change.rules.find(({ target }) => 'chain' in target && !hasChain(table, target.chain));
  if (missing && 'chain' in missing.target) return err({ type: 'noChain', name: missing.target.chain });
  let rules: readonly Rule[] = chain?.rules ?? [];
  for (const spec of change.rules) {
    const at = rules.findIndex((rule) => sameRule(rule, spec));
    if (at < 0) return refuse('ESRCH');
    rules = rules.toSpliced(at, 1);
  }
  return chain && change.operation === 'delete' ? ok(withChain(table, chain, { ...chain, rules })) : ok(table);
}

function flushed(table: NetfilterTable): NetfilterTable {
  if (table.chains.every((chain) => chain.rules.length === 0)) return table;
  return { ...table, chains: table.chains.map((chain) => ({ ...chain, rules: [] })) };
}

/** A chain that has rules or is led to stays, and then all of them do. */
function withoutChains(table: NetfilterTable, chain: Chain | undefined, name: string | undefined): TableResult {
  if (name !== undefined && chain === undefined) return refuse('ENOENT');
  const meant = chain ? [chain] : table.chains.filter((each) => each.policy === undefined);
  const referenced = referencedChains(table);
  const busy = meant.find((each) => each.rules.length > 0 || referenced.has(each.name));
  if (busy) return err({ type: 'chain', name: busy.name, errno: 'EBUSY' });
  if (chain?.policy !== undefined) return ok(withChain(table, chain, { ...chain, policy: 'ACCEPT' }));
  return ok(meant.length === 0 ? table : { ...table, chains: table.chains.filter((each) => !meant.includes(each)) });
}

function referencedChains(table: NetfilterTable): ReadonlySet<string> {
  const targets = table.chains.flatMap(({ rules }) => rules.map(({ target }) => target));
  return new Set(targets.flatMap((target) => ('chain' in target ? [target.chain] : [])));
}

function renamed(table: NetfilterTable, chain: Chain | undefined, to: string): TableResult {
  if (chain === undefined) return refuse('ENOENT');
  if (hasChain(table, to)) return err({ type: 'chain', name: to, errno: 'EEXIST' });
  if (chain.policy !== undefined) return err({ type: 'notSimulated', what: 'renaming a built-in chain' });
  const follow = (rule: Rule): Rule => {
    const { target } = rule;
    return 'chain' in target && target.chain === chain.name ? { ...rule, target: { ...target, chain: to } } : rule;
  };
  const chains = table.chains.map((each) => ({
    ...each,
    ...(each === chain && { name: to }),
    rules: each.rules.map(follow),
  }));
  return ok({ ...table, chains });
}

function onChain(table: NetfilterTable, chain: Chain | undefined, change: (chain: Chain) => Chain): TableResult {
  if (chain === undefined) return refuse('ENOENT');
  const next = change(chain);
  const same = next.policy === chain.policy && next.rules.length === chain.rules.length;
  return ok(same ? table : withChain(table, chain, next));
}

function hasChain(table: NetfilterTable, name: string): boolean {
  return table.chains.some((chain) => chain.name === name);
}

function withChain(table: NetfilterTable, old: Chain, next: Chain): NetfilterTable {
  return { ...table, chains: table.chains.map((chain) => (chain === old ? next : chain)) };
}
