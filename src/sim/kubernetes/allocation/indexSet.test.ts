import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IndexSet } from './indexSet.ts';

test('holds what a set of single numbers would', () => {
  const step = fc.record({
    add: fc.boolean(),
    first: fc.integer({ min: 0, max: 60 }),
    count: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const spans = new IndexSet();
      const single = new Set<number>();
      for (const { add, first, count } of steps) {
        const last = first + count - 1;
        if (add) spans.add(BigInt(first), BigInt(last));
        else spans.delete(BigInt(first), BigInt(last));
        for (let index = first; index <= last; index++) add ? single.add(index) : single.delete(index);
      }
      expect(spans.size).toBe(BigInt(single.size));
      for (let index = 0; index < 80; index++) {
        expect(spans.has(BigInt(index))).toBe(single.has(index));
        let gap = index;
        while (single.has(gap)) gap++;
        expect(spans.firstGapFrom(BigInt(index))).toBe(BigInt(gap));
        expect(spans.hasAll(BigInt(index), BigInt(index + 2))).toBe([0, 1, 2].every((n) => single.has(index + n)));
      }
    }),
  );
});
