import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LineDiff, lineDiff } from './lineDiff.ts';

const lines = (text: string) => text.split('\n').map((each) => ({ text: each }));

function shown({ lines }: LineDiff): readonly string[] {
  return lines.map(({ sign, text }) => `${sign}${text}`);
}

it('shows what went and came between lines that stayed', () => {
  const diff = lineDiff(lines('*nat\n-A A\n-A B\n-A C\nCOMMIT'), lines('*nat\n-A A\n-A X\n-A C\nCOMMIT'));
  expect(shown(diff)).toEqual([' -A A', '−-A B', '+-A X', ' -A C']);
  expect(diff).toMatchObject({ went: 1, came: 1 });
  expect(diff.lines.map(({ number }) => number)).toEqual([2, undefined, 3, 4]);
});

it('says nothing where nothing is different, and everything where nothing stayed', () => {
  const table = lines('a\nb');
  expect(lineDiff(table, table)).toEqual({ lines: [], went: 0, came: 0 });
  expect(shown(lineDiff(table, []))).toEqual(['−a', '−b']);
  expect(shown(lineDiff([], table))).toEqual(['+a', '+b']);
});

it('lets each bracket close its own block', () => {
  const chain = (name: string): string => `\tchain ${name} {\n\t\treject\n\t}`;
  const table = (...chains: string[]): string => ['table ip t {', ...chains.map(chain), '}'].join('\n');
  const diff = lineDiff(lines(table('a', 'b', 'c')), lines(table('a', 'c')));
  expect(shown(diff)).toEqual([' \t}', '−\tchain b {', '−\t\treject', '−\t}', ' \tchain c {']);
});

it('makes the one text of the other, whatever they are', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '\tc', '\t\td', '}', '\t}'), { maxLength: 30 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const [old, now] = [before.map((each) => ({ text: each })), after.map((each) => ({ text: each }))];
      const { went, came, lines: diff } = lineDiff(old, now);
      expect(before.length - went).toBe(after.length - came);
      expect(diff.filter(({ sign }) => sign === '−')).toHaveLength(went);
      const numbers = diff.flatMap(({ sign, number }) => (sign === '+' ? [number ?? 0] : []));
      expect(numbers).toHaveLength(came);
      for (const { sign, text: line, number } of diff) if (sign !== '−') expect(after[(number ?? 0) - 1]).toBe(line);
      // without what came, what is printed now is what was printed before without what went
      const gone = diff.filter(({ sign }) => sign === '−').map((each) => each.text);
      const stayed = after.filter((_, at) => !numbers.includes(at + 1));
      expect([...stayed, ...gone].sort()).toEqual([...before].sort());
    }),
  );
});
