/**
 * Decides in chance's place. Whatever in a kernel leaves something to chance asks {@link choose}, so that whoever wants to
 * see every way a packet can go need only be asked instead.
 */
export interface Choices {
  /** @param weights of the ways that are open, each above 0. @returns the index of the one to go. */
  choose(weights: readonly number[]): number;
}

/** @returns the index that the world's script chose among the ways of some weight; undefined: chance is to decide. */
export function choose(world: { readonly choices?: Choices }, weights: readonly number[]): number | undefined {
  const { choices } = world;
  if (choices === undefined) return undefined;
  const open = weights.flatMap((weight, index) => (weight > 0 ? [index] : []));
  // Where only one way is open there is nothing to choose.
  if (open.length < 2) return open[0];
  return open[choices.choose(open.map((index) => weights[index] ?? 0))];
}

/** One way through everything that chance could have decided. */
export interface Explored<T> {
  readonly probability: number;
  readonly outcome: T;
}

/**
 * Runs something once for every way that its choices can go, depth first: each run repeats the choices of the one before up
 * to the last that has another way left.
 *
 * @param limit most runs. @throws Error when there are more ways.
 */
export function explore<T>(run: (choices: Choices) => T, limit: number): readonly Explored<T>[] {
  const found: Explored<T>[] = [];
  let prefix: readonly number[] | undefined = [];
  while (prefix !== undefined) {
    if (found.length >= limit) throw new Error(`More than ${limit} ways are open: too many to try them all`);
    const script = new Script(prefix);
    const outcome = run(script);
    found.push({ probability: script.probability, outcome });
    prefix = script.next();
  }
  return found;
}

class Script implements Choices {
  private readonly prefix: readonly number[];
  private readonly made: { readonly index: number; readonly ways: number }[] = [];
  probability = 1;

  constructor(prefix: readonly number[]) {
    this.prefix = prefix;
  }

  choose(weights: readonly number[]): number {
    const index = this.prefix[this.made.length] ?? 0;
    const sum = weights.reduce((total, weight) => total + weight, 0);
    this.made.push({ index, ways: weights.length });
    this.probability *= (weights[index] ?? 0) / sum;
    return index;
  }

  /** The choices of the next run; undefined when every way has been gone. */
  next(): readonly number[] | undefined {
    const last = this.made.findLastIndex(({ index, ways }) => index + 1 < ways);
    if (last < 0) return undefined;
    return this.made.slice(0, last + 1).map(({ index }, i) => (i === last ? index + 1 : index));
  }
}
