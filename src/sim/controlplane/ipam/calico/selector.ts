import { err, ok, type Result } from '../../../../base/result.ts';

type Labels = ReadonlyMap<string, string>;
/** Decides by labels. */
export type Selector = (labels: Labels) => boolean;

type Token =
  | { readonly kind: 'label' | 'text' | 'has'; readonly text: string }
  | { readonly kind: 'symbol' | 'operator' | 'all' | 'global'; readonly text: string };

const MAX_LENGTH = 4096;
const MAX_LABEL = 512;
/** Parentheses in parentheses: deeper ones are nobody's selector. */
const MAX_DEPTH = 64;

const SPACE = /[ \t]*/y;
const TEXT = /"([^"]*)"|'([^']*)'/y;
const SYMBOL = /==|!=|&&|\|\||[(){},!]/y;
const CALL = /(has|all|global)\([ \t]*([\w./-]*)[ \t]*\)/y;
const OPERATOR = /(contains|starts[ \t]*with|ends[ \t]*with|not[ \t]*in|in)(?![\w./-])/y;
const LABEL = /[\w./-]+/y;

/**
 * Reads a selector of Calico's, as IPPools, BGPPeers and policies have them: `all()`, `has(k)`, `k == 'v'`, `k in { 'v' }`,
 * `!`, `&&`, `||` (libcalico-go/lib/selector). An empty one selects all.
 */
export function parseSelector(text: string): Result<Selector, string> {
  if (text.length > MAX_LENGTH) return err(`longer than ${MAX_LENGTH} characters`);
  try {
    const tokens = tokenise(text);
    if (tokens.length === 0) return ok(() => true);
    const reader = new SelectorReader(tokens);
    const selector = reader.or(0);
    if (reader.peek() !== undefined) throw new SelectorError('unexpected content at end of selector');
    return ok(selector);
  } catch (error) {
    if (error instanceof SelectorError) return err(error.message);
    throw error;
  }
}

class SelectorError extends Error {}

function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  for (;;) {
    match(SPACE);
    if (at >= text.length) return tokens;
    const quoted = match(TEXT);
    if (quoted) {
      tokens.push({ kind: 'text', text: quoted[1] ?? quoted[2] ?? '' });
      continue;
    }
    const symbol = match(SYMBOL);
    if (symbol) {
      tokens.push({ kind: 'symbol', text: symbol[0] });
      continue;
    }
    tokens.push(word(tokens.at(-1)?.kind === 'label', match, text[at] ?? ''));
  }
}

function word(afterLabel: boolean, match: (pattern: RegExp) => RegExpExecArray | null, next: string): Token {
  if (afterLabel) {
    const operator = match(OPERATOR);
    if (!operator) throw new SelectorError('expected operator after label');
    return { kind: 'operator', text: operator[0].replace(/[ \t]+/g, '') };
  }
  const call = match(CALL);
  if (call) {
    const [, name, label = ''] = call;
    if (name !== 'has') {
      if (label !== '') throw new SelectorError(`no closing ')' after ${name}(`);
      return { kind: name as 'all' | 'global', text: '' };
    }
    if (label === '') throw new SelectorError('expected identifier');
    return { kind: 'has', text: label };
  }
  const label = match(LABEL);
  if (label) {
    if (label[0].length > MAX_LABEL) throw new SelectorError(`label too long: ${label[0]}`);
    return { kind: 'label', text: label[0] };
  }
  throw new SelectorError(next === '"' || next === "'" ? 'unterminated string' : 'expected identifier');
}

class SelectorReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  or(depth: number): Selector {
    if (depth > MAX_DEPTH) throw new SelectorError('too deeply nested');
    const terms = [this.#and(depth)];
    while (this.#takes('||')) terms.push(this.#and(depth));
    return (labels) => terms.some((term) => term(labels));
  }

  #and(depth: number): Selector {
    const terms = [this.#operation(depth)];
    while (this.#takes('&&')) terms.push(this.#operation(depth));
    return (labels) => terms.every((term) => term(labels));
  }

  #operation(depth: number): Selector {
    let negated = false;
    while (this.#takes('!')) negated = !negated;
    const selector = this.#term(depth);
    return negated ? (labels) => !selector(labels) : selector;
  }

  #term(depth: number): Selector {
    const token = this.#next();
    if (token === undefined) throw new SelectorError('unexpected end of string looking for op');
    if (token.kind === 'all') return () => true;
    if (token.kind === 'has') return (labels) => labels.has(token.text);
    if (token.kind === 'label') return this.#comparison(token.text);
    if (token.kind === 'symbol' && token.text === '(') {
      const inner = this.or(depth + 1);
      if (!this.#takes(')')) throw new SelectorError('expected )');
      return inner;
    }
    // global() selects what has no namespace; nodes and namespaces are asked for by their labels alone.
    if (token.kind === 'global') return () => false;
    throw new SelectorError(`unexpected token: ${token.text}`);
  }

  #comparison(label: string): Selector {
    const operator = this.#next()?.text;
    if (operator === 'in' || operator === 'notin') {
      const values = this.#set();
      // A label that is not there is in no set, and not in any.
      return (labels) => values.has(labels.get(label) ?? NO_VALUE) === (operator === 'in');
    }
    const compare = operator === undefined ? undefined : COMPARISONS.get(operator);
    if (compare === undefined) throw new SelectorError('expected == or !=');
    const value = this.#text();
    return (labels) => compare(labels.get(label), value);
  }

  #set(): ReadonlySet<string> {
    if (!this.#takes('{')) throw new SelectorError('expected set literal');
    const values = new Set<string>();
    while (this.peek()?.kind === 'text') {
      values.add(this.#text());
      if (!this.#takes(',')) break;
    }
    if (!this.#takes('}')) throw new SelectorError('expected }');
    return values;
  }

  #text(): string {
    const token = this.#next();
    if (token?.kind !== 'text') throw new SelectorError('expected string');
    return token.text;
  }

  #takes(symbol: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'symbol' || token.text !== symbol) return false;
    this.#at++;
    return true;
  }

  #next(): Token | undefined {
    return this.#tokens[this.#at++];
  }
}

/** Holds a quote of both kinds, which no selector can write. */
const NO_VALUE = '"\'';

const COMPARISONS: ReadonlyMap<string, (found: string | undefined, value: string) => boolean> = new Map([
  ['==', (found, value) => found === value],
  ['!=', (found, value) => found !== value],
  ['contains', (found, value) => found?.includes(value) === true],
  ['startswith', (found, value) => found?.startsWith(value) === true],
  ['endswith', (found, value) => found?.endsWith(value) === true],
]);
