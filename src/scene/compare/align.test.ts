import fc from 'fast-check';
import { expect, it } from 'vitest';
import { align } from './align.ts';

const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
const text = (rows: readonly { readonly a?: string; readonly b?: string }[]): string =>
  rows.map(({ a, b }) => (a === undefined ? `+${b}` : b === undefined ? `-${a}` : a)).join(' ');

it('pairs what both have, in order, and keeps the rest where it stood', () => {
  const same = (item: string): string => item;
  expect(text(align(['x', 'nat', 'y'], ['x', 'y'], same))).toBe('x -nat y');
  expect(text(align(['x', 'p', 'y'], ['x', 'q', 'y'], same))).toBe('x -p +q y');
  expect(text(align([], ['x'], same))).toBe('+x');
});

it('loses nothing, changes no order, and pairs as many as can be', () => {
  fc.assert(
    fc.property(letters, letters, (a, b) => {
      const rows = align(a, b, (item) => item);
      expect(rows.flatMap((row) => row.a ?? [])).toEqual(a);
      expect(rows.flatMap((row) => row.b ?? [])).toEqual(b);
      const pairs = rows.filter((row) => row.a !== undefined && row.b !== undefined);
      expect(pairs.every((row) => row.a === row.b)).toBe(true);
      expect(pairs.length).toBe(longest(a, b));
    }),
  );
});

/** Length of a longest common subsequence, by trying. */
function longest(a: readonly string[], b: readonly string[]): number {
  const memo = new Map<string, number>();
  const from = (i: number, j: number): number => {
    if (i === a.length || j === b.length) return 0;
    const key = `${i} ${j}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const found = a[i] === b[j] ? 1 + from(i + 1, j + 1) : Math.max(from(i + 1, j), from(i, j + 1));
    memo.set(key, found);
    return found;
  };
  return from(0, 0);
}
