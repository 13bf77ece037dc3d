import { expect, it } from 'vitest';
import { growthOf } from './series.ts';

const points = (value: (services: number) => number) =>
  [1, 10, 100, 1000, 10_000].map((services) => ({ services, value: value(services) }));

it('tells how a cost grows from what was measured', () => {
  expect(growthOf(points((n) => n + 12))).toBe('O(n)');
  expect(growthOf(points(() => 11))).toBe('O(1)');
  expect(growthOf(points(() => 0))).toBe('none');
  expect(growthOf(points((n) => n * n))).toBe('O(n^2.0)');
});

it('says nothing while too little is known', () => {
  expect(growthOf([])).toBe('');
  expect(growthOf(points((n) => n).slice(0, 2))).toBe('');
});
