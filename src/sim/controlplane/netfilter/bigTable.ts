import type { Chain, NetfilterTable, TableName } from '../../../datamodel/network/netfilter.ts';

type Source = Pick<NetfilterTable, 'chains' | 'find' | 'ruleCount'>;

/** The built-in chains, then those of all agents: one that two of them write is the later one's. */
export function joinChains(builtIn: readonly Chain[], sources: readonly Source[]): readonly Chain[] {
  const chains = new Map<string, Chain>();
  for (const source of sources) for (const chain of source.chains) chains.set(chain.name, chain);
  return [...builtIn, ...chains.values()];
}

/** A table of which some agent's chains are made as they are asked for: a packet comes to few of very many. */
export class BigTable implements NetfilterTable {
  readonly family: NetfilterTable['family'];
  readonly name: TableName;
  readonly #builtIn: readonly Chain[];
  readonly #sources: readonly Source[];
  #chains: readonly Chain[] | undefined;

  constructor(
    family: NetfilterTable['family'],
    name: TableName,
    builtIn: readonly Chain[],
    sources: readonly Source[],
  ) {
    this.family = family;
    this.name = name;
    this.#builtIn = builtIn;
    this.#sources = sources;
  }

  get chains(): readonly Chain[] {
    this.#chains ??= joinChains(this.#builtIn, this.#sources);
    return this.#chains;
  }

  find(name: string): Chain | undefined {
    return this.#builtIn.find((chain) => chain.name === name) ?? findLast(this.#sources, name);
  }

  /** All of it as plain data. */
  toJSON(): NetfilterTable {
    return { family: this.family, name: this.name, chains: this.chains };
  }

  get ruleCount(): number {
    const made = this.#builtIn.reduce((sum, chain) => sum + chain.rules.length, 0);
    return this.#sources.reduce((sum, source, i) => sum + ownRules(source, this.#sources.slice(i + 1)), made);
  }
}

function findLast(sources: readonly Source[], name: string): Chain | undefined {
  for (const source of sources.toReversed()) {
    const found = source.find ? source.find(name) : source.chains.find((chain) => chain.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The rules of a source's chains that no later one has taken over. Big sources have no chains of others' names. */
function ownRules(source: Source, later: readonly Source[]): number {
  if (source.ruleCount !== undefined) return source.ruleCount;
  return source.chains.reduce(
    (sum, { name, rules }) => sum + (findLast(later, name) === undefined ? rules.length : 0),
    0,
  );
}
