import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReceiveQueue } from './receiveQueue.ts';
import { seqAdd, seqAfter, seqDiff } from './sequence.ts';

const LENGTH = 300;

function piece(start: number, from: number, length: number): { sequence: number; data: Uint8Array } {
  const data = Uint8Array.from({ length: Math.min(length, LENGTH - from) }, (_, i) => (from + i) & 255);
  return { sequence: seqAdd(start, from), data };
}

const pieces = fc.array(fc.tuple(fc.nat(LENGTH - 1), fc.integer({ min: 1, max: 80 })), { maxLength: 30 });

test('the stream comes out whole and once, whatever order and overlap its pieces come in, across the wrap of 2^32', () => {
  fc.assert(
    fc.property(pieces, fc.constantFrom(1, 0xffff_ff80), (order, start) => {
      const queue = new ReceiveQueue();
      queue.next = start;
      const out: number[] = [];
      const all = [...order, ...Array.from({ length: LENGTH / 50 }, (_, i) => [i * 50, 50] as const)];
      for (const [from, length] of all) {
        const { sequence, data } = piece(start, from, length);
        for (const part of queue.add(sequence, data).data) out.push(...part);
        expect(queue.next).toBe(seqAdd(start, out.length));
      }
      expect(out).toEqual(Array.from({ length: LENGTH }, (_, i) => i & 255));
      expect(queue.hasGap).toBe(false);
      expect(queue.sackBlocks()).toEqual([]);
    }),
  );
});

test('[TC7] blocks cover only what is held beyond a gap, never touch, and the one touched last is first', () => {
  fc.assert(
    fc.property(pieces, (order) => {
      const queue = new ReceiveQueue();
      queue.next = 1000;
      const seen = new Set<number>();
      for (const [from, length] of order) {
        const { sequence, data } = piece(1000, from, length);
        const { kind } = queue.add(sequence, data);
        for (let i = 0; i < data.length; i++) seen.add(seqAdd(sequence, i));
        const blocks = queue.sackBlocks();
        for (const { left, right } of blocks) {
          expect(seqAfter(left, queue.next)).toBe(true);
          for (let i = 0; i < seqDiff(right, left); i++) expect(seen.has(seqAdd(left, i))).toBe(true);
        }
        const edges = blocks.flatMap(({ left, right }) => [left, right]);
        expect(new Set(edges).size).toBe(edges.length);
        if (kind === 'out-of-order') {
          const [first] = blocks;
          expect(first && !seqAfter(first.left, sequence) && seqAfter(first.right, sequence)).toBe(true);
        }
      }
    }),
  );
});

test('what came twice is reported, wholly or in part', () => {
  const queue = new ReceiveQueue();
  queue.next = 100;
  queue.add(100, new Uint8Array(50));
  expect(queue.add(120, new Uint8Array(20))).toMatchObject({ kind: 'old', duplicate: { left: 120, right: 140 } });
  expect(queue.add(140, new Uint8Array(20))).toMatchObject({ kind: 'in-order', duplicate: { left: 140, right: 150 } });
  queue.add(200, new Uint8Array(30));
  expect(queue.add(160, new Uint8Array(70))).toMatchObject({
    filledGap: true,
    duplicate: { left: 200, right: 230 },
  });
});
