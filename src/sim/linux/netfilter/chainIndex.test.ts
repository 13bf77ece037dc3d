import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chain, Match, NetfilterTable, Rule, Target } from '../../../datamodel/network/netfilter.ts';
import { ipAddress, ipPrefix } from '../../../wire/address.ts';
import { compileMatch } from './match.ts';
import { type Packet, readPacket } from './packet.ts';
import { echoPacket, tcpPacket, udpPacket } from './testing/packets.ts';
import { testKernel } from './testing/testKernel.ts';

/** The kernel's way: every rule in order. @returns what matched, how many were tried, and how it ended. */
function linearWalk(chains: readonly Chain[], packet: Packet) {
  const matched: string[] = [];
  let tried = 0;
  const run = (name: string): 'accept' | 'drop' | 'over' => {
    const chain = chains.find((candidate) => candidate.name === name);
    for (const rule of chain?.rules ?? []) {
      tried++;
      if (!rule.matches.every((match) => match.type !== 'statistic' && compileMatch(match)(packet))) continue;
      matched.push(rule.id);
      const { target } = rule;
      if (target.type === 'ACCEPT') return 'accept';
      if (target.type === 'DROP') return 'drop';
      if (target.type === 'RETURN') return 'over';
      if (target.type === 'jump') {
        const inner = run(target.chain);
        if (inner !== 'over') return inner;
      }
      if (target.type === 'goto') return run(target.chain);
    }
    return 'over';
  };
  const end = run('FORWARD');
  return { matched, tried, verdict: end === 'over' ? 'accept' : end, policy: end === 'over' };
}

const ADDRESSES = ['10.96.0.1', '10.96.0.2', '10.96.0.3', '10.244.1.3'].map(ipAddress);
const address = fc.constantFrom(...ADDRESSES);
const port = fc.constantFrom(53, 80, 443);
const negate = fc.option(fc.constant(true), { nil: undefined });
const match: fc.Arbitrary<Match> = fc
  .oneof(
    fc.record({ type: fc.constant('destination' as const), prefix: address.map((ip) => ipPrefix(`${ip}/32`)), negate }),
    fc.record({
      type: fc.constant('destination' as const),
      prefix: fc.tuple(address, fc.constantFrom(0, 8, 30, 31)).map(([ip, length]) => ipPrefix(`${ip}/${length}`)),
    }),
    fc.record({ type: fc.constant('source' as const), prefix: address.map((ip) => ipPrefix(`${ip}/31`)), negate }),
    fc.record({
      type: fc.constant('protocol' as const),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const),
      negate,
    }),
    fc.record({
      type: fc.constant('transport' as const),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      destination: fc.oneof(
        port.map((from) => ({ from, to: from })),
        fc.constant({ from: 50, to: 100 }),
      ),
      negateDestination: negate,
    }),
    fc.record({
      type: fc.constant('recent' as const),
      name: fc.constant('list'),
      operation: fc.constantFrom('set' as const, 'rcheck' as const),
    }),
  )
  .map(
    (made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as unknown as Match,
  );
const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ type: 'none' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('ACCEPT' as const, 'DROP' as const, 'RETURN' as const).map((type) => ({ type })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('jump' as const, 'goto' as const), fc.constantFrom('A', 'B'))
      .map(([type, chain]) => ({ type, chain })),
  },
);

function rules(chain: string, targets: fc.Arbitrary<Target>): fc.Arbitrary<Rule[]> {
  const rule = fc.record({ matches: fc.array(match, { maxLength: 3 }), target: targets });
  const sized = fc.oneof(fc.array(rule, { maxLength: 6 }), fc.array(rule, { minLength: 17, maxLength: 50 }));
  return sized.map((list) => list.map((made, i) => ({ ...made, id: `${chain} ${i + 1}`, owner: 'test' })));
}

/** FORWARD may go to A and B, A to B, and B nowhere: tables as the kernel accepts them. */
const tableArbitrary = fc
  .tuple(
    rules('FORWARD', target),
    rules(
      'A',
      target.map((made) => ('chain' in made ? { ...made, chain: 'B' } : made)),
    ),
    rules(
      'B',
      target.filter((made) => !('chain' in made)),
    ),
  )
  .map(
    ([forward, a, b]): NetfilterTable => ({
      family: 'ipv4',
      name: 'filter',
      chains: [
        { name: 'FORWARD', policy: 'ACCEPT', rules: forward },
        { name: 'A', rules: a },
        { name: 'B', rules: b },
      ],
    }),
  );

const packet = fc.oneof(
  fc
    .tuple(address, address, port)
    .map(([source, destination, to]) => tcpPacket({ source, destination }, { destinationPort: to })),
  fc.tuple(address, address, port).map(([source, destination, to]) => udpPacket({ source, destination }, 1234, to)),
  fc.tuple(address, address).map(([source, destination]) => echoPacket({ source, destination }, 7)),
);

describe('the index of long chains', () => {
  it('finds what a walk through every rule finds, remembers the same, and counts the same', () => {
    fc.assert(
      fc.property(tableArbitrary, fc.array(packet, { minLength: 1, maxLength: 3 }), (table, packets) => {
        const indexed = testKernel({ tables: [table] });
        const linear = testKernel({ tables: [table] });
        for (const bytes of packets) {
          const verdict = indexed.through(indexed.packet(bytes), 'FORWARD', 'cni0', 'eth0');
          const context = { inputDevice: 'cni0', outputDevice: 'eth0' };
          const expected = linearWalk(
            table.chains,
            readPacket(linear.kernel, linear.packet(bytes), 'FORWARD', context),
          );
          const steps = indexed.steps();
          expect(verdict).toBe(expected.verdict);
          expect(steps.flatMap((step) => (step.type === 'rule' ? [step.entry?.id] : []))).toEqual(expected.matched);
          const walked = steps.find((step) => step.type === 'hook');
          if (walked?.type === 'hook') {
            expect(walked.rulesEvaluated).toBe(expected.tried);
            expect(walked.policy).toBe(expected.policy);
          } else expect(table.chains[0]?.rules).toEqual([]);
          expect(indexed.kernel.recent).toEqual(linear.kernel.recent);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('counts the rules of ten thousand Services that the kernel would have tried', () => {
    const list: Rule[] = Array.from({ length: 10_000 }, (_, i) => ({
      id: `r${i}`,
      owner: 'test',
      matches: [
        { type: 'destination', prefix: ipPrefix(`10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}/32`) },
        { type: 'protocol', protocol: 'tcp' },
        { type: 'transport', protocol: 'tcp', destination: { from: 80, to: 80 } },
      ],
      target: { type: 'RETURN' },
    }));
    const chains: Chain[] = [{ name: 'FORWARD', policy: 'ACCEPT', rules: list }];
    const node = testKernel({ tables: [{ family: 'ipv4', name: 'filter', chains }] });
    const send = (destination: string) => {
      const skb = node.packet(tcpPacket({ source: ipAddress('10.244.0.2'), destination: ipAddress(destination) }, {}));
      node.through(skb, 'FORWARD', 'cni0', 'eth0');
      const step = node.steps().at(-1);
      return step?.type === 'hook' ? step.rulesEvaluated : undefined;
    };
    expect(send('10.96.39.15')).toBe(10_000);
    expect(send('10.96.0.9')).toBe(10);
    expect(send('10.99.0.9')).toBe(10_000);
  });
});
