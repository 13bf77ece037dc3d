import { err, ok, type Result } from '../../../../base/result.ts';
import { type Json, setKey } from './json.ts';
import { quote } from './quote.ts';

/** encoding/json's own limit is 10,000; nothing in a network configuration comes near to this one. */
const MAXIMUM_DEPTH = 500;
const SPACE = /[ \t\r\n]/;
const DIGIT = /[0-9]/;

/** Reads JSON as Go's encoding/json does. @returns its words about the first character that is wrong (scanner.go). */
export function parseJson(text: string): Result<Json, string> {
  try {
    return ok(new Reader(text).document());
  } catch (error) {
    if (error instanceof SyntaxProblem) return err(error.message);
    throw error;
  }
}

class SyntaxProblem extends Error {}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#invalid('after top-level value');
    return value;
  }

  #value(): Json {
    this.#skipSpace();
    const c = this.#peek();
    if (c === '{') return this.#nested(() => this.#object());
    if (c === '[') return this.#nested(() => this.#array());
    if (c === '"') return this.#string();
    if (c === 't') return this.#literal('true', true);
    if (c === 'f') return this.#literal('false', false);
    if (c === 'n') return this.#literal('null', null);
    if (c === '-' || DIGIT.test(c)) return this.#number();
    throw this.#invalid('looking for beginning of value');
  }

  #nested(read: () => Json): Json {
    this.#depth += 1;
    if (this.#depth > MAXIMUM_DEPTH) throw new SyntaxProblem('exceeded max depth');
    this.#at += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): Json {
    const object = Object.create(null) as Record<string, Json>;
    this.#skipSpace();
    if (this.#take('}')) return object;
    for (;;) {
      this.#skipSpace();
      if (this.#peek() !== '"') throw this.#invalid('looking for beginning of object key string');
      const key = this.#string();
      this.#skipSpace();
      if (!this.#take(':')) throw this.#invalid('after object key');
      // Of two equal keys the last one counts.
      setKey(object, key, this.#value());
      this.#skipSpace();
      if (this.#take('}')) return object;
      if (!this.#take(',')) throw this.#invalid('after object key:value pair');
    }
  }

  #array(): Json {
    const list: Json[] = [];
    this.#skipSpace();
    if (this.#take(']')) return list;
    for (;;) {
      list.push(this.#value());
      this.#skipSpace();
      if (this.#take(']')) return list;
      if (!this.#take(',')) throw this.#invalid('after array element');
    }
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      const c = this.#peek();
      if (c === '"') break;
      if (c < ' ') throw this.#invalid('in string literal');
      this.#at += 1;
      if (c === '\\') this.#escape();
    }
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const c = this.#peek();
    if (c === 'u') {
      for (let i = 0; i < 4; i++) {
        this.#at += 1;
        if (!/[0-9a-fA-F]/.test(this.#peek())) throw this.#invalid('in \\u hexadecimal character escape');
      }
    } else if (!/["\\/bfnrt]/.test(c)) throw this.#invalid('in string escape code');
    this.#at += 1;
  }

  #number(): number {
    const start = this.#at;
    this.#take('-');
    if (!DIGIT.test(this.#peek())) throw this.#invalid('in numeric literal');
    if (!this.#take('0')) this.#digits();
    if (this.#take('.')) {
      if (!DIGIT.test(this.#peek())) throw this.#invalid('after decimal point in numeric literal');
      this.#digits();
    }
    if (this.#take('e') || this.#take('E')) {
      if (!this.#take('+')) this.#take('-');
      if (!DIGIT.test(this.#peek())) throw this.#invalid('in exponent of numeric literal');
      this.#digits();
    }
    return Number(this.#text.slice(start, this.#at));
  }

  #digits(): void {
    while (DIGIT.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #literal<T extends Json>(word: string, value: T): T {
    this.#at += 1;
    for (const letter of word.slice(1)) {
      if (this.#peek() !== letter) throw this.#invalid(`in literal ${word} (expecting '${letter}')`);
      this.#at += 1;
    }
    return value;
  }

  #take(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    while (SPACE.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #peek(): string {
    const c = this.#text[this.#at];
    if (c === undefined) throw new SyntaxProblem('unexpected end of JSON input');
    return c;
  }

  #invalid(where: string): SyntaxProblem {
    const c = String.fromCodePoint(this.#peek() === '' ? 0 : (this.#text.codePointAt(this.#at) ?? 0));
    const shown = c === "'" ? "'\\''" : c === '"' ? `'"'` : `'${quote(c).slice(1, -1)}'`;
    return new SyntaxProblem(`invalid character ${shown} ${where}`);
  }
}
