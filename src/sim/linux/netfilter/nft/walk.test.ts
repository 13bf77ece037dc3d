import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NftMatch, NftStatement, NftVerdict } from '../../../../datamodel/network/nftables.ts';
import { ipAddress, ipPrefix } from '../../../../wire/address.ts';
import type { NftSubject } from './subject.ts';
import { base, nftMap, nftSet, nftTable, subject, type TestChains } from './testing/nftTables.ts';
import { walkBaseChain } from './walk.ts';

const verdict = (type: 'accept' | 'drop' | 'return' | 'continue'): NftStatement => ({
  type: 'verdict',
  verdict: { type },
});
const to = (type: 'jump' | 'goto', chain: string): NftStatement => ({ type: 'verdict', verdict: { type, chain } });

function walk(chains: TestChains, parts: Parameters<typeof nftTable>[2] = {}, packet = subject()) {
  const table = nftTable({ base: base('FORWARD') }, chains, parts);
  const met: string[] = [];
  const walked = walkBaseChain(table, table.baseChains[0]!, packet, ({ chain, position, outcome }) =>
    met.push(`${chain.name} ${position} ${outcome}`),
  );
  return { ...walked, met, by: walked.ended?.by, packet };
}

describe('a base chain', () => {
  it('comes to its policy when no rule decides, each rule counted [NFT1]', () => {
    const { by, met, rulesEvaluated } = walk({ base: [[verdict('continue')], [{ type: 'mark', mask: 1, value: 1 }]] });
    expect({ by, met, rulesEvaluated }).toEqual({ by: undefined, met: ['base 1 continue'], rulesEvaluated: 2 });
  });

  it('goes on behind a jump, but behind the jump before it after a goto [NFT2]', () => {
    const chains = {
      base: [[to('jump', 'one')], [verdict('drop')]],
      one: [[to('goto', 'two')], [verdict('accept')]],
      two: [[verdict('return')], [verdict('accept')]],
    };
    expect(walk(chains)).toMatchObject({ by: 'drop', rulesEvaluated: 4 });
    expect(walk({ ...chains, one: [[to('jump', 'two')], [verdict('accept')]] }).by).toBe('accept');
  });

  it('gives up on chains that lead to each other [NFT3]', () => {
    expect(walk({ base: [[to('jump', 'a')]], a: [[to('jump', 'b')]], b: [[to('jump', 'a')]] }).by).toBe('drop');
  });

  it('ends a rule at the first statement that does not hold, with nothing of it done [NFT4]', () => {
    const mark: NftStatement = { type: 'setMark', operation: 'or', value: 0x4000 };
    const { packet, met } = walk({ base: [[mark, { type: 'mark', mask: 1, value: 1 }], [mark]] });
    expect({ mark: packet.mark, met }).toEqual({ mark: 0x4000, met: ['base 2 mark set mark | 0x4000'] });
  });

  it.each([
    ['or', 0x0f0f],
    ['xor', 0x0f00],
    ['and', 0x000f],
  ] as const)('mark %s [NFT5]', (operation, expected) => {
    const { packet } = walk({ base: [[{ type: 'setMark', operation, value: 0x0f0f }]] }, {}, subject({ mark: 0x000f }));
    expect(packet.mark).toBe(expected);
  });

  it('leaves dnat, masquerade and reject to be carried out [NFT6]', () => {
    const dnat: NftStatement = { type: 'dnat', address: ipAddress('10.0.0.9'), port: 8080 };
    expect(walk({ base: [[dnat], [verdict('drop')]] }).by).toEqual(dnat);
    expect(walk({ base: [[{ type: 'reject' }], [verdict('accept')]] }).by).toEqual({ type: 'reject' });
  });
});

describe('lookups', () => {
  const key = ['daddr', 'l4proto', 'dport'] as const;
  const maps = [nftMap('m', { '10.0.0.2 . tcp . 80': { type: 'goto', chain: 'found' } })];
  const chains = {
    base: [[{ type: 'vmap', key, map: 'm' }], [verdict('drop')]],
    found: [[verdict('accept')]],
  } as const;

  it('a verdict map decides by the packet’s key; without the key the rule does not hold [NFT7]', () => {
    expect(walk(chains, { maps })).toMatchObject({
      by: 'accept',
      lookups: 1,
      met: ['base 1 goto found', 'found 1 accept'],
    });
    const other = subject({ ports: { source: 1000, destination: 81 } });
    expect(walk(chains, { maps }, other)).toMatchObject({ by: 'drop', lookups: 1 });
    expect(walk(chains, { maps }, subject({ ports: undefined })).by).toBe('drop');
  });

  it('a dynamic set has what rules have added [NFT8]', () => {
    const sets = [nftSet('s', [], 60)];
    const known: NftStatement = { type: 'address', end: 'saddr', in: { set: 's' } };
    const rules = { base: [[known, verdict('accept')], [{ type: 'update', set: 's', key: ['saddr'] }]] } as const;
    const packet = subject();
    expect(walk(rules, { sets }, packet).by).toBeUndefined();
    expect([...packet.remembered]).toEqual(['s 10.0.0.1']);
    expect(walk(rules, { sets }, packet)).toMatchObject({ by: 'accept', lookups: 1 });
  });

  it('a map of any size answers as asking its elements one by one would', () => {
    const part = fc.integer({ min: 0, max: 3 });
    const keys = fc.tuple(part, fc.constantFrom('tcp', 'udp'), part).map(([a, p, d]) => `10.0.0.${a} . ${p} . ${d}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(keys, { maxLength: 20 }),
        part,
        fc.constantFrom(6, 17),
        part,
        (list, a, protocol, d) => {
          const verdictOf = (i: number): NftVerdict => ({ type: i % 2 ? 'accept' : 'drop' });
          const map = nftMap('m', Object.fromEntries(list.map((text, i) => [text, verdictOf(i)])));
          const packet = subject({
            destination: ipAddress(`10.0.0.${a}`),
            protocol,
            ports: { source: 1, destination: d },
          });
          const linear = list.findIndex((text) => text === `10.0.0.${a} . ${protocol === 6 ? 'tcp' : 'udp'} . ${d}`);
          const { by } = walk({ base: [[{ type: 'vmap', key, map: 'm' }]] }, { maps: [map] }, packet);
          expect(by).toBe(linear < 0 ? undefined : verdictOf(linear).type);
        },
      ),
    );
  });

  it('numgen takes the verdict of the number drawn', () => {
    const verdicts: readonly NftVerdict[] = [{ type: 'drop' }, { type: 'accept' }];
    const draw: NftSubject['draw'] = () => ({ index: 1, coin: { value: 0.7, probability: 0.5, picked: false } });
    expect(walk({ base: [[{ type: 'numgen', verdicts }]] }, {}, subject({ draw })).by).toBe('accept');
  });
});

describe('matches', () => {
  const holds = (match: NftMatch, packet = subject()) =>
    walk({ base: [[match, verdict('accept')]] }, {}, packet).by === 'accept';
  const both = (match: NftMatch, packet = subject()) => [
    holds(match, packet),
    holds({ ...match, negate: true }, packet),
  ];

  it.each([
    [{ type: 'address', end: 'saddr', in: [ipPrefix('10.0.0.0/24')] }, true],
    [{ type: 'address', end: 'daddr', in: [ipPrefix('10.0.1.0/24'), ipPrefix('10.0.0.3/32')] }, false],
    [{ type: 'port', protocol: 'tcp', end: 'dport', ports: [{ from: 70, to: 90 }] }, true],
    [{ type: 'port', protocol: 'th', end: 'sport', ports: [{ from: 1, to: 999 }] }, false],
    [{ type: 'l4proto', protocol: 'udp' }, false],
    [{ type: 'interface', which: 'iifname', name: 'eth*' }, true],
    [{ type: 'interface', which: 'oifname', name: 'eth0' }, false],
    [{ type: 'mark', mask: 0x4000, value: 0 }, true],
    [{ type: 'ctState', states: ['established', 'new'] }, true],
    [{ type: 'fibType', end: 'daddr', addressType: 'local' }, false],
  ] as const)('%j: %j, and the other way round when negated [NFT9]', (match, expected) => {
    expect(both(match)).toEqual([expected, !expected]);
  });

  it('a port of another protocol, or of none, is not asked about, negated or not [NFT10]', () => {
    const port: NftMatch = { type: 'port', protocol: 'udp', end: 'dport', ports: [{ from: 80, to: 80 }] };
    expect(both(port)).toEqual([false, false]);
    expect(both({ ...port, protocol: 'th' }, subject({ ports: undefined }))).toEqual([false, false]);
  });
});
