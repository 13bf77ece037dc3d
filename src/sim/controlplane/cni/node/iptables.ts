import type { Chain, Match, NetfilterTable, Rule, TableName, Target } from '../../../../datamodel/network/netfilter.ts';
import { composeTable, makeRule } from '../../netfilter/tableChanges.ts';
import type { Namespace } from './namespace.ts';

type Family = NetfilterTable['family'];

/** What a rule says, wherever it stands. */
export interface RuleSpec {
  readonly matches: readonly Match[];
  readonly target: Target;
}

/** One table of one family in a network namespace, as the iptables command changes it, rule by rule. */
export class IptablesTable {
  readonly #netns: Namespace;
  readonly #family: Family;
  readonly #name: TableName;

  constructor(netns: Namespace, family: Family, name: TableName) {
    this.#netns = netns;
    this.#family = family;
    this.#name = name;
  }

  get family(): Family {
    return this.#family;
  }

  has(chain: string): boolean {
    return this.rules(chain) !== undefined;
  }

  rules(chain: string): readonly Rule[] | undefined {
    const table = this.#table();
    return (table.find ? table.find(chain) : table.chains.find(({ name }) => name === chain))?.rules;
  }

  holds(chain: string, spec: RuleSpec): boolean {
    const { id } = this.#rule(chain, spec);
    return this.rules(chain)?.some((rule) => rule.id === id) === true;
  }

  /** `-N`, unless it is there. */
  ensure(chain: string): void {
    if (!this.has(chain)) this.#write([...this.#table().chains, { name: chain, rules: [] }]);
  }

  /** `-A`, unless the same rule is there. */
  append(chain: string, spec: RuleSpec): void {
    if (!this.holds(chain, spec)) this.#change(chain, (rules) => [...rules, this.#rule(chain, spec)]);
  }

  /** `-I`, unless the same rule is there. */
  insert(chain: string, spec: RuleSpec): void {
    if (!this.holds(chain, spec)) this.#change(chain, (rules) => [this.#rule(chain, spec), ...rules]);
  }

  /** `-D`. @returns whether there was such a rule. */
  delete(chain: string, spec: RuleSpec): boolean {
    if (!this.holds(chain, spec)) return false;
    const { id } = this.#rule(chain, spec);
    this.#change(chain, (rules) => rules.filter((rule) => rule.id !== id));
    return true;
  }

  /** Every rule of a chain that leads to another is deleted. */
  deleteJumps(chain: string, to: string): void {
    if (!this.has(chain)) return;
    this.#change(chain, (rules) => rules.filter(({ target }) => !(target.type === 'jump' && target.chain === to)));
  }

  /** `-F` and `-X`. */
  remove(chain: string): void {
    if (this.has(chain)) this.#write(this.#table().chains.filter(({ name }) => name !== chain));
  }

  #change(chain: string, change: (rules: readonly Rule[]) => readonly Rule[]): void {
    this.ensure(chain);
    this.#write(
      this.#table().chains.map((each) => (each.name === chain ? { ...each, rules: change(each.rules) } : each)),
    );
  }

  #rule(chain: string, { matches, target }: RuleSpec): Rule {
    return makeRule('cni', this.#name, chain, matches, target, this.#family);
  }

  #table(): NetfilterTable {
    const found = this.#netns.netfilter.find(({ family, name }) => family === this.#family && name === this.#name);
    return found ?? composeTable(this.#name, [], this.#family);
  }

  #write(chains: readonly Chain[]): void {
    const table: NetfilterTable = { family: this.#family, name: this.#name, chains };
    const others = this.#netns.netfilter.filter((each) => each.family !== this.#family || each.name !== this.#name);
    this.#netns.netfilter = [...others, table];
  }
}
