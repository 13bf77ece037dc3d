import type {
  Chain,
  Match,
  NetfilterTable,
  Rule,
  RuleLookup,
  TableName,
} from '../../../datamodel/network/netfilter.ts';
import type { IpFamily } from '../../../wire/address.ts';
import type { ChainIndex } from './chainIndex.ts';
import { indexChain } from './chainIndex.ts';
import type { Test } from './match.ts';
import { compileMatch } from './match.ts';

export interface CompiledRule {
  readonly rule: Rule;
  /** 1-based place in the chain. */
  readonly position: number;
  readonly steps: readonly RuleStep[];
}

/** Matches in order: a test, which may look a set up, or a coin to toss with its probability. */
export type RuleStep = { readonly test: Test; readonly asksSet: boolean } | { readonly probability: number };

export interface CompiledChain {
  readonly name: string;
  readonly policy: Chain['policy'];
  readonly rules: CompiledRules;
  /** Where a packet can match at all; absent for short chains, which are walked as they are. */
  readonly index: ChainIndex | undefined;
  /** Tells the same instead. */
  readonly lookup: RuleLookup | undefined;
}

/** A chain's rules by their 0-based places, each compiled when a packet first comes to it. */
export class CompiledRules {
  readonly length: number;
  private readonly rules: Pick<RuleLookup, 'at'>;
  private readonly compiled: CompiledRule[] = [];

  constructor(rules: Pick<RuleLookup, 'length' | 'at'>) {
    this.length = rules.length;
    this.rules = rules;
  }

  /** @returns undefined behind the last. */
  at(place: number): CompiledRule | undefined {
    const rule = this.rules.at(place);
    if (rule === undefined) return undefined;
    this.compiled[place] ??= { rule, position: place + 1, steps: rule.matches.map(compileStep) };
    return this.compiled[place];
  }

  *[Symbol.iterator](): Generator<CompiledRule> {
    for (let place = 0; place < this.length; place++) yield this.at(place)!;
  }
}

/** A table whose chains are compiled when a packet first comes to them: most packets meet few of very many. */
export class CompiledTable {
  readonly name: TableName;
  private readonly find: (name: string) => Chain | undefined;
  private readonly compiled = new Map<string, CompiledChain | undefined>();

  constructor(table: NetfilterTable) {
    this.name = table.name;
    if (table.find) this.find = (name) => table.find?.(name);
    else {
      const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
      this.find = (name) => chains.get(name);
    }
  }

  /** @returns undefined when the table has no chain of the name. */
  chain(name: string): CompiledChain | undefined {
    if (this.compiled.has(name)) return this.compiled.get(name);
    const source = this.find(name);
    const compiled = source && compiledChain(source);
    this.compiled.set(name, compiled);
    return compiled;
  }
}

/** A namespace's tables of one family, ready to be walked. */
export interface Ruleset {
  readonly tables: ReadonlyMap<TableName, CompiledTable>;
  /** Loading a nat table or a rule about connections turns conntrack on (nf_ct_netns_get). */
  readonly tracks: boolean;
  readonly translates: boolean;
}

/** Chains with more rules get an index. */
const INDEX_FROM = 16;
const TABLE_FAMILY = { IPv4: 'ipv4', IPv6: 'ipv6' } as const;
type Compiled = WeakMap<readonly NetfilterTable[], Ruleset>;
const compiled: Readonly<Record<IpFamily, Compiled>> = { IPv4: new WeakMap(), IPv6: new WeakMap() };

/** The ruleset of a configuration; compiled once, since configurations never change. */
export function rulesetOf(tables: readonly NetfilterTable[], family: IpFamily = 'IPv4'): Ruleset {
  const known = compiled[family].get(tables);
  if (known !== undefined) return known;
  const ruleset = compile(tables.filter((table) => table.family === TABLE_FAMILY[family]));
  compiled[family].set(tables, ruleset);
  return ruleset;
}

function compile(tables: readonly NetfilterTable[]): Ruleset {
  const translates = tables.some((table) => table.name === 'nat');
  return {
    tables: new Map(tables.map((table) => [table.name, new CompiledTable(table)])),
    tracks: translates || tables.some(asksConntrack),
    translates,
  };
}

function asksConntrack(table: NetfilterTable): boolean {
  return table.chains.some(({ rules }) =>
    rules.some((rule) => rule.target.type === 'NOTRACK' || rule.matches.some((match) => match.type === 'conntrack')),
  );
}

/** Nodes share chains that are the same for them. */
const compiledChains = new WeakMap<Chain, CompiledChain>();

function compiledChain(chain: Chain): CompiledChain {
  const known = compiledChains.get(chain) ?? compileChain(chain);
  compiledChains.set(chain, known);
  return known;
}

function compileChain(chain: Chain): CompiledChain {
  const { name, policy, lookup } = chain;
  if (lookup !== undefined) return { name, policy, rules: new CompiledRules(lookup), index: undefined, lookup };
  const { rules } = chain;
  const index = rules.length > INDEX_FROM ? indexChain(rules) : undefined;
  return { name, policy, rules: new CompiledRules(rules), index, lookup };
}

function compileStep(match: Match): RuleStep {
  return match.type === 'statistic'
    ? { probability: match.probability }
    : { test: compileMatch(match), asksSet: match.type === 'set' };
}
