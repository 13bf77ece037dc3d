import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import type { IpvsScheduling } from '../../../datamodel/network/runtime.ts';
import { ipAddress, ipv4FromNumber } from '../../../wire/address.ts';
import { maglevTable } from './maglev.ts';
import type { Scheduling } from './scheduler.ts';
import { schedulerOf, sharesOf } from './schedulers.ts';

const CLIENT = ipAddress('10.244.0.2');
const VIRTUAL = ipAddress('10.96.0.10');

function real(id: number, weight: number): RealServer {
  return { id: `r${id}`, address: ipAddress(`10.244.1.${id + 1}`), port: 8080, weight };
}

const servers = fc
  .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 })
  .map((weights) => weights.map((weight, i) => real(i, weight)));

/** Schedules that many connections, none of which ends. */
function spread(name: string, list: readonly RealServer[], connections: number): ReadonlyMap<string, number> {
  const counts = new Map(list.map(({ id }) => [id, 0]));
  let before: IpvsScheduling | undefined;
  for (let i = 0; i < connections; i++) {
    const choice = schedulerOf(name)(scheduling(list, counts, before));
    if (choice === undefined) break;
    const { server, keep } = choice;
    counts.set(server.id, (counts.get(server.id) ?? 0) + 1);
    before = { id: 'virtual', last: server.id, ...keep };
  }
  return counts;
}

function scheduling(
  list: readonly RealServer[],
  counts: ReadonlyMap<string, number> = new Map(),
  before?: IpvsScheduling,
): Scheduling {
  return {
    servers: list,
    source: CLIENT,
    sourcePort: 40_000,
    destination: VIRTUAL,
    hashesPort: false,
    now: 0,
    before,
    active: ({ id }) => counts.get(id) ?? 0,
    inactive: () => 0,
  };
}

describe('round robin', () => {
  test('gives everybody the same, whatever the weights above 0', () => {
    fc.assert(
      fc.property(servers, fc.integer({ min: 1, max: 5 }), (list, rounds) => {
        const usable = list.filter(({ weight }) => weight > 0);
        const counts = spread('rr', list, usable.length * rounds);
        for (const { id, weight } of list) expect(counts.get(id)).toBe(weight > 0 ? rounds : 0);
      }),
    );
  });

  test('starts with the first of the list and goes on behind the last chosen [IV6]', () => {
    const list = [real(0, 1), real(1, 1), real(2, 1)];
    expect(schedulerOf('rr')(scheduling(list))?.server.id).toBe('r0');
    expect(schedulerOf('rr')(scheduling(list, new Map(), { id: 'v', last: 'r0' }))?.server.id).toBe('r1');
    expect(schedulerOf('rr')(scheduling(list, new Map(), { id: 'v', last: 'r2' }))?.server.id).toBe('r0');
  });

  test('begins anew when the last chosen has gone', () => {
    const list = [real(0, 1), real(1, 1)];
    expect(schedulerOf('rr')(scheduling(list, new Map(), { id: 'v', last: 'gone' }))?.server.id).toBe('r0');
  });
});

test('weighted round robin gives in proportion to the weights', () => {
  fc.assert(
    fc.property(servers, fc.integer({ min: 1, max: 4 }), (list, rounds) => {
      const divisor = list.reduce((found, { weight }) => gcd(found, weight), 0);
      const turn = divisor === 0 ? 0 : list.reduce((sum, { weight }) => sum + weight, 0) / divisor;
      const counts = spread('wrr', list, turn * rounds);
      for (const { id, weight } of list) expect(counts.get(id)).toBe(divisor === 0 ? 0 : (weight / divisor) * rounds);
    }),
  );
});

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

test.each(['lc', 'wlc', 'sed', 'nq'])(
  '%s keeps loads within one connection of each other where weights agree',
  (name) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 40 }), (size, connections) => {
        const list = Array.from({ length: size }, (_, i) => real(i, 2));
        const counts = [...spread(name, list, connections).values()];
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(connections);
      }),
    );
  },
);

test.each(['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sed', 'nq', 'fo', 'sh', 'dh', 'mh'])(
  '%s never chooses a weight of 0',
  (name) => {
    fc.assert(
      fc.property(servers, fc.nat(2 ** 32 - 1), (list, address) => {
        const choice = schedulerOf(name)({ ...scheduling(list), source: ipv4FromNumber(address) });
        expect(choice?.server.weight ?? 1).toBeGreaterThan(0);
      }),
    );
  },
);

test('source hashing answers a client always alike, and clients differently', () => {
  const list = [real(0, 1), real(1, 1), real(2, 1), real(3, 1)];
  const chosen = new Map<string, number>();
  for (let i = 0; i < 512; i++) {
    const all = { ...scheduling(list), source: ipv4FromNumber(0x0af40000 + i) };
    const id = schedulerOf('sh')(all)?.server.id ?? '';
    expect(schedulerOf('sh')(all)?.server.id).toBe(id);
    chosen.set(id, (chosen.get(id) ?? 0) + 1);
  }
  expect([...chosen.keys()].sort()).toEqual(['r0', 'r1', 'r2', 'r3']);
  for (const count of chosen.values()) expect(count).toBeGreaterThan(64);
});

test('destination hashing does not look at the client', () => {
  const list = [real(0, 1), real(1, 1), real(2, 1)];
  const ids = Array.from({ length: 20 }, (_, i) => {
    const all = { ...scheduling(list), source: ipv4FromNumber(0x0af40000 + i) };
    return schedulerOf('dh')(all)?.server.id;
  });
  expect(new Set(ids).size).toBe(1);
});

describe('Maglev', () => {
  const list = [real(0, 1), real(1, 1), real(2, 1), real(3, 1)];
  const clients = Array.from({ length: 512 }, (_, i) => ipv4FromNumber(0x0af40000 + i));
  const chosenBy = (servers: readonly RealServer[], rest: Partial<Scheduling> = {}): readonly (string | undefined)[] =>
    clients.map((source) => schedulerOf('mh')({ ...scheduling(servers), source, ...rest })?.server.id);

  test('gives everybody as many places as the weight says', () => {
    const table = maglevTable([real(0, 1), real(1, 3), real(2, 0)]);
    const shares = [0, 1, 2].map((id) => (table ?? []).filter((server) => server.id === `r${id}`).length);
    expect(shares).toEqual([1024, 3069, 0]);
  });

  test('moves few clients when a server comes or goes', () => {
    const [all, fewer] = [chosenBy(list), chosenBy(list.slice(1))];
    const moved = all.filter((id, i) => id !== 'r0' && id !== fewer[i]).length;
    expect(moved / all.filter((id) => id !== 'r0').length).toBeLessThan(0.2);
    expect(fewer).not.toContain('r0');
  });

  test('hashes the port where it is told to', () => {
    const ports = Array.from({ length: 64 }, (_, i) => 40_000 + i);
    const ids = (hashesPort: boolean) =>
      new Set(ports.map((sourcePort) => schedulerOf('mh')({ ...scheduling(list), sourcePort, hashesPort })?.server.id));
    expect(ids(false).size).toBe(1);
    expect(ids(true).size).toBe(4);
    expect(sharesOf('mh', list, false)).toBeUndefined();
    expect(sharesOf('mh', list, true)?.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  test('a drained server keeps its places, where nobody is served', () => {
    const drained = list.map((server, i) => (i === 0 ? { ...server, weight: 0, lastWeight: 1 } : server));
    expect(chosenBy(drained)).toEqual(chosenBy(list).map((id) => (id === 'r0' ? undefined : id)));
  });

  test('takes an address of IPv6 by its words upon each other', () => {
    const [four, six] = ['0.0.0.5', '0:1:0:2:0:3:0:5'].map(ipAddress);
    const of = (source = CLIENT) => schedulerOf('mh')({ ...scheduling(list), source })?.server.id;
    expect(of(six)).toBe(of(four));
  });
});

describe('locality', () => {
  const list = [real(0, 2), real(1, 2), real(2, 2)];
  const DAY = 24 * 60 * 60 * 1e9;
  const busy = (counts: Readonly<Record<string, number>>) => new Map(Object.entries(counts));
  const kept = (...cached: readonly string[]): IpvsScheduling => ({
    id: 'v',
    last: cached[0] ?? '',
    cached,
    used: 0,
    modified: 0,
  });

  test.each(['lblc', 'lblcr'])('%s stays with one until it is overloaded and another has little to do', (name) => {
    const choose = (counts: Readonly<Record<string, number>>) =>
      schedulerOf(name)(scheduling(list, busy(counts), kept('r1')))?.server.id;
    expect(choose({ r1: 2 })).toBe('r1');
    expect(choose({ r1: 3, r0: 1, r2: 1 })).toBe('r1');
    expect(choose({ r1: 3, r0: 1 })).toBe('r2');
  });

  test('lblc forgets the former, lblcr adds to a set and takes the least busy of it', () => {
    const crowded = scheduling(list, busy({ r1: 3 }), kept('r1'));
    expect(schedulerOf('lblc')(crowded)?.keep?.cached).toEqual(['r0']);
    expect(schedulerOf('lblcr')(crowded)?.keep?.cached).toEqual(['r0', 'r1']);
    const both = scheduling(list, busy({ r0: 2, r1: 1 }), kept('r0', 'r1'));
    expect(schedulerOf('lblcr')(both)?.server.id).toBe('r1');
  });

  test('lblcr drops the busiest of a set that has not changed for a day', () => {
    const later = { ...kept('r0', 'r1'), used: DAY };
    const all = { ...scheduling(list, busy({ r0: 2, r1: 1 }), later), now: DAY + 1 };
    expect(schedulerOf('lblcr')(all)?.keep?.cached).toEqual(['r1']);
  });

  test.each(['lblc', 'lblcr'])('%s forgets what nobody has used for a day', (name) => {
    const all = { ...scheduling(list, busy({ r0: 1 }), kept('r0')), now: DAY };
    expect(schedulerOf(name)(all)?.server.id).toBe('r1');
  });
});
