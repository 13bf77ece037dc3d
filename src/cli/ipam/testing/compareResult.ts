import { expect } from 'vitest';

/** `127.123.<0..255>.0/24 ascending`: a list in one text. */
const SPAN = /^(.*)<(\d+)\.\.(\d+)>(\S*) ascending$/;

function spelledOut(value: unknown): unknown {
  const [, before = '', first, last, after = ''] = SPAN.exec(typeof value === 'string' ? value : '') ?? [];
  if (first === undefined) return value;
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, i) => `${before}${Number(first) + i}${after}`);
}

/** Holds what a result must say against it; it may say more. `error: true` is any error. */
export function compareResult(result: unknown, expected: unknown): void {
  if (typeof expected !== 'object' || expected === null) {
    expect(result).toEqual(expected);
    return;
  }
  const found = result as Readonly<Record<string, unknown>>;
  for (const [key, value] of Object.entries(expected)) {
    if (key === 'errorContains') expect(found.error).toContain(value);
    else if (key === 'error' && value === true) expect(found.error).toBeTypeOf('string');
    else expect(found[key], key).toEqual(spelledOut(value));
  }
}
