import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4FromNumber } from '../../../../wire/address.ts';
import { MAGLEV_TABLE_SIZE, type MaglevBackend, maglevTable } from './maglev.ts';
import { murmur3 } from './murmur3.ts';

function backend(n: number, rest: Partial<MaglevBackend> = {}): MaglevBackend {
  return { id: n, address: ipv4FromNumber(n), port: n % 65535, protocol: 'tcp', ...rest };
}

/** `<id>(<count>),…` */
function runLengths(table: Uint32Array): string {
  const runs: { id: number; count: number }[] = [];
  for (const id of table) {
    const last = runs.at(-1);
    if (last?.id === id) last.count++;
    else runs.push({ id, count: 1 });
  }
  return runs.map(({ id, count }) => `${id}(${count})`).join(',');
}

/** What TestReproducible of pkg/maglev/maglev_test.go expects. */
const REPRODUCIBLE =
  '2(5),3(1),2(3),1(1),2(2),0(1),2(1),3(1),2(1),3(1),2(1),1(1),2(7),1(1),2(14),3(1),2(1),' +
  '1(2),2(12),3(1),2(3),1(1),2(4),3(1),2(8),3(1),2(2),1(1),2(16),1(2),2(3),3(1),2(11),1(2),2(4),3(1),2(3),' +
  '1(1),2(4),3(1),2(1),0(1),1(1),2(8),1(1),2(7),1(1),2(4),3(1),2(1),3(1),2(9),1(2),2(5),1(1),2(7),3(1),2(1),' +
  '3(1),1(1),2(8),1(1),2(4),0(1),2(1),1(1),2(5),3(1),2(3),1(1),2(4),3(1),2(3),1(1),2(12),0(1),3(1),2(3),3(1),' +
  '2(4),3(1),2(2),1(1),2(7)';

describe('MurmurHash3', () => {
  it('hashes as the reference does', () => {
    expect(murmur3('', 0)).toEqual([0n, 0n]);
    expect(murmur3('The quick brown fox jumps over the lazy dog', 0)).toEqual([
      0xe34bbc7bbc071b6cn,
      0x7a433ca9c49a9347n,
    ]);
  });
});

describe('a Maglev table', () => {
  it('is the one that Cilium makes', () => {
    const backends = [
      backend(1, { id: 0, weight: 2 }),
      backend(3, { id: 1, weight: 13 }),
      backend(4, { id: 2, weight: 111 }),
      backend(5, { id: 3, weight: 10 }),
    ];
    expect(runLengths(maglevTable(backends, 251))).toBe(REPRODUCIBLE);
  });

  it('has a slot for every backend, about as many for each, whatever their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 40 }), (ids) => {
        const backends = ids.map((id) => backend(id));
        const table = maglevTable(backends);
        const counts = new Map<number, number>();
        for (const id of table) counts.set(id, (counts.get(id) ?? 0) + 1);
        expect([...counts.keys()].sort()).toEqual([...ids].sort());
        const fair = MAGLEV_TABLE_SIZE / ids.length;
        for (const count of counts.values()) expect(Math.abs(count - fair)).toBeLessThanOrEqual(1);
        expect(maglevTable(backends.toReversed())).toEqual(table);
      }),
      { numRuns: 25 },
    );
  });

  it('moves few slots of the others when a backend leaves', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 2, maxLength: 40 }), (ids) => {
        const before = maglevTable(ids.map((id) => backend(id)));
        const after = maglevTable(ids.slice(1).map((id) => backend(id)));
        const moved = before.reduce((sum, id, slot) => sum + (id !== ids[0] && after[slot] !== id ? 1 : 0), 0);
        expect(after).not.toContain(ids[0]);
        expect(moved / MAGLEV_TABLE_SIZE).toBeLessThan(0.03);
      }),
      { numRuns: 25 },
    );
  });

  it('is empty when there is nobody', () => {
    expect(maglevTable([])).toHaveLength(0);
  });
});
