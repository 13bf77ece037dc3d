import { chance } from '../../../base/chance.ts';
import type {
  Chain,
  Hook,
  Match,
  NetfilterTable,
  Rule,
  TableName,
  Target,
} from '../../../datamodel/network/netfilter.ts';
import type { Owner } from '../../../datamodel/network/tables.ts';
import { BigTable, joinChains } from './bigTable.ts';

/** What one agent does to one table: whole chains of its own, and jumps into the built-in ones. */
export interface TableChanges extends Pick<NetfilterTable, 'chains' | 'find' | 'ruleCount'> {
  /** IPv4's where nothing is said. */
  readonly family?: NetfilterTable['family'];
  readonly table: TableName;
  readonly jumps: readonly Jump[];
}

/** `iptables -I` or `-A` on a built-in chain. */
export interface Jump {
  readonly hook: Hook;
  readonly place: 'insert' | 'append';
  readonly rule: Rule;
}

const HOOKS: Readonly<Record<TableName, readonly Hook[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** One rule, with an id made of its place and content: the same rule keeps its id when its neighbours come and go. */
export function makeRule(
  owner: Owner,
  table: TableName,
  chain: string,
  matches: readonly Match[],
  target: Target,
  family: NetfilterTable['family'] = 'ipv4',
): Rule {
  const content = chance(0, 'rule', JSON.stringify([matches, target]));
  const place = family === 'ipv6' ? `ip6 ${table}/${chain}` : `${table}/${chain}`;
  return { id: `${place}/${content.toString(16).padStart(8, '0')}`, owner, matches, target };
}

/**
 * Collects the rules of one agent's chains; a chain exists from its first mention, with or without rules. Chains adopted
 * whole from another writer are shared with it, not copied.
 */
export class ChainWriter {
  readonly #chains = new Map<string, Rule[]>();
  readonly #shared = new Map<string, Chain>();
  #finished: readonly Chain[] | undefined;
  readonly #table: TableName;
  readonly #owner: Owner;
  readonly #family: NetfilterTable['family'];

  constructor(owner: Owner, table: TableName, family: NetfilterTable['family'] = 'ipv4') {
    this.#owner = owner;
    this.#table = table;
    this.#family = family;
  }

  declare(...names: readonly string[]): void {
    for (const name of names) this.#rules(name);
  }

  add(chain: string, matches: readonly Match[], target: Target): void {
    this.addRules(chain, [makeRule(this.#owner, this.#table, chain, matches, target, this.#family)]);
  }

  addRules(chain: string, rules: readonly Rule[]): void {
    const collected = this.#rules(chain);
    for (const rule of rules) collected.push(rule);
  }

  /** Takes over what another has written: chains that are new here as they are, rules of known chains at their end. */
  adopt(other: ChainWriter): void {
    for (const chain of other.chains()) {
      if (this.#chains.has(chain.name)) this.addRules(chain.name, chain.rules);
      else this.#shared.set(chain.name, chain);
    }
  }

  /** All chains so far. Nothing may be written afterwards. */
  chains(): readonly Chain[] {
    this.#finished ??= [
      ...[...this.#chains].map(([name, rules]) => ({ name, rules: withUniqueIds(rules) })),
      ...this.#shared.values(),
    ];
    return this.#finished;
  }

  #rules(chain: string): Rule[] {
    let rules = this.#chains.get(chain);
    if (!rules) {
      rules = [];
      this.#chains.set(chain, rules);
    }
    return rules;
  }
}

/**
 * A table after all agents wrote to it, in the order in which they did: a jump that is there already is not made twice, and
 * a chain that two agents write is the later one's (iptables-restore flushes the chains it declares).
 */
export function composeTable(
  name: TableName,
  changes: readonly TableChanges[],
  family: NetfilterTable['family'] = 'ipv4',
): NetfilterTable {
  const own = changes.filter((change) => change.table === name && (change.family ?? 'ipv4') === family);
  const builtIn = HOOKS[name].map((hook): Chain => {
    const rules: Rule[] = [];
    for (const { place, rule } of own.flatMap((change) => change.jumps.filter((jump) => jump.hook === hook))) {
      if (rules.some((existing) => existing.id === rule.id)) continue;
      if (place === 'insert') rules.unshift(rule);
      else rules.push(rule);
    }
    return { name: hook, policy: 'ACCEPT', rules };
  });
  return own.some((change) => change.find !== undefined)
    ? new BigTable(family, name, builtIn, own)
    : { family, name, chains: joinChains(builtIn, own) };
}

/** Equal rules of one chain (and the rare colliding hash) are told apart by a number. */
export function withUniqueIds(rules: readonly Rule[]): readonly Rule[] {
  const seen = new Map<string, number>();
  return rules.map((rule) => {
    const earlier = seen.get(rule.id) ?? 0;
    seen.set(rule.id, earlier + 1);
    return earlier === 0 ? rule : { ...rule, id: `${rule.id}-${earlier + 1}` };
  });
}
