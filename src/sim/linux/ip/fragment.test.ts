import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { address, loopback, namespace, smallWorld, udpPacket, veth } from '../testing/world.ts';
import { fragmentPacket } from './fragment.ts';
import { defragment } from './reassemble.ts';

const host = namespace('host', {
  links: [loopback, veth('eth0', 2, '02:00:00:00:00:01', 'other|eth0')],
  addresses: [address('10.0.0.1/24 eth0')],
});

describe('fragmentation', () => {
  it('[FR1] cuts 1500 bytes for an MTU of 1450 as the kernel does: 1444 and 76', () => {
    const pieces = fragmentPacket(udpPacket('10.0.0.1', '10.0.0.2', 1472), 1450);
    expect(pieces.map((piece) => piece.length)).toEqual([1444, 76]);
  });

  it('[FR1] makes pieces that fit, begin at multiples of 8 and carry valid headers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 68, max: 3000 }), (payload, mtu) => {
        const pieces = fragmentPacket(udpPacket('10.0.0.1', '10.0.0.2', payload), mtu).map(
          (piece) => new Ipv4View(piece),
        );
        pieces.forEach((piece, i) => {
          expect(piece.totalLength).toBeLessThanOrEqual(mtu);
          expect(piece.checksumValid()).toBe(true);
          expect(piece.moreFragments).toBe(i < pieces.length - 1);
          expect(piece.identification).toBe(77);
        });
      }),
    );
  });

  it('[FR2] keeps the borders a packet had before conntrack put it together, if they fit', () => {
    const packet = udpPacket('10.0.0.1', '10.0.0.2', 1992);
    const sizes = [800, 1000, 200];
    expect(fragmentPacket(packet, 1500, sizes).map((piece) => piece.length - 20)).toEqual(sizes);
    expect(fragmentPacket(packet, 900, sizes).map((piece) => piece.length - 20)).toEqual([880, 880, 240]);
  });

  it('[FR1] leaves options that are not to be copied out of later fragments', () => {
    const options = Uint8Array.from([7, 7, 4, 0, 0, 0, 0, 0, 0x94, 4, 0, 0]);
    const [first, second] = fragmentPacket(udpPacket('10.0.0.1', '10.0.0.2', 500, { options }), 300);
    expect(first?.subarray(20, 32)).toEqual(options);
    expect(second?.subarray(20, 32)).toEqual(Uint8Array.from([1, 1, 1, 1, 1, 1, 1, 0, 0x94, 4, 0, 0]));
  });
});

describe('reassembly', () => {
  it('[FR3] gives the packet back, whatever the order the fragments come in', () => {
    const scenario = fc
      .record({ payload: fc.integer({ min: 100, max: 6000 }), mtu: fc.integer({ min: 68, max: 1500 }) })
      .chain(({ payload, mtu }) => {
        const packet = udpPacket('10.0.0.1', '10.0.0.2', payload);
        const pieces = fragmentPacket(packet, mtu);
        const order = fc.shuffledSubarray(
          pieces.map((_, i) => i),
          { minLength: pieces.length },
        );
        return fc.record({ packet: fc.constant(packet), pieces: fc.constant(pieces), order });
      });
    fc.assert(
      fc.property(scenario, ({ packet, pieces, order }) => {
        const small = smallWorld(host);
        const results = order.map((i) => putIn(small, pieces[i] ?? packet));
        const whole = results.pop();
        expect(results.every((result) => result === undefined)).toBe(true);
        expect(whole?.bytes).toEqual(packet);
        if (pieces.length > 1)
          expect(whole?.meta.fragmentMaxSize).toBe(Math.max(...pieces.map((piece) => piece.length)));
        const ends = small.traces().map((trace) => trace.disposition.type);
        expect(ends.filter((type) => type === 'merged')).toHaveLength(pieces.length - 1);
      }),
      { numRuns: 50 },
    );
  });

  it('[FR4] drops a fragment that is there already', () => {
    const small = smallWorld(host);
    const [first] = fragmentPacket(udpPacket('10.0.0.1', '10.0.0.2', 2000), 1500);
    if (first) for (const copy of [first, first]) putIn(small, copy.slice());
    expect(small.traces()[1]?.disposition).toMatchObject({ type: 'dropped', reason: 'DUP_FRAG' });
  });

  it('[FR3] does not mix packets, nor what conntrack and the host collect', () => {
    const small = smallWorld(host);
    const [a] = fragmentPacket(udpPacket('10.0.0.1', '10.0.0.2', 2000), 1500);
    const [, b] = fragmentPacket(udpPacket('10.0.0.1', '10.0.0.2', 2000, { identification: 78 }), 1500);
    expect([a, b].map((piece) => piece && putIn(small, piece))).toEqual([undefined, undefined]);
  });

  it('[FR5] gives up after 30 s and tells the sender, if it saw the first fragment', () => {
    const small = smallWorld(host);
    const packet = udpPacket('10.0.0.2', '10.0.0.1', 2000);
    const [first, second] = fragmentPacket(packet, 1500);
    if (first) putIn(small, first, 'local');
    small.run();
    expect(small.world.queue.now).toBeGreaterThanOrEqual(30e9);
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'FRAG_REASM_TIMEOUT' });
    expect(small.traces().map((trace) => trace.label)).toContain('ICMP reassembly time exceeded');
    const late = smallWorld(host);
    if (second) putIn(late, second, 'local');
    late.run();
    expect(late.traces()).toHaveLength(1);
  });
});

function putIn(
  small: ReturnType<typeof smallWorld>,
  packet: Uint8Array,
  user: 'conntrack' | 'local' = 'conntrack',
): ReturnType<typeof defragment> {
  return defragment(small.kernel('host'), small.skb(packet, 'ip'), user);
}
