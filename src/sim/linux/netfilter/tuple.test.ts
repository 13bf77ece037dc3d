import { describe, expect, it } from 'vitest';
import { ipAddress } from '../../../wire/address.ts';
import { echoPacket, ipPacket, tcpPacket, udpPacket } from './testing/packets.ts';
import { invertTuple, mirror, sameTuple, tupleKey, tupleOf } from './tuple.ts';

const ends = { source: ipAddress('10.0.0.1'), destination: ipAddress('10.0.0.2') };

describe('the tuple of a packet', () => {
  it('has its addresses and ports', () => {
    const expected = { protocol: 17, ...ends, sourcePort: 5, destinationPort: 6 };
    expect(tupleOf(udpPacket(ends, 5, 6), 0)).toEqual(expected);
    expect(tupleKey(expected)).toBe('17 10.0.0.1:5 10.0.0.2:6');
  });

  it('has an echo message’s identifier for both ports', () => {
    const tuple = tupleOf(echoPacket(ends, 7), 0)!;
    expect(tuple).toEqual({ protocol: 1, ...ends, sourcePort: 7, destinationPort: 7, icmp: { type: 8, code: 0 } });
    expect(tupleKey(tuple)).toBe('1 10.0.0.1:7 10.0.0.2:7 8/0');
  });

  it('can be read off 8 bytes of a quote, and not off less', () => {
    const bytes = tcpPacket(ends, { sourcePort: 5, destinationPort: 6 });
    expect(tupleOf(bytes.slice(0, 28), 0)).toMatchObject({ sourcePort: 5, destinationPort: 6 });
    expect(tupleOf(bytes.slice(0, 27), 0)).toBeUndefined();
    expect(tupleOf(echoPacket(ends, 7).slice(0, 27), 0)).toBeUndefined();
    expect(tupleOf(bytes.slice(0, 19), 0)).toBeUndefined();
    expect(tupleOf(ipPacket(ends, 4, new Uint8Array(0)), 0)).toMatchObject({ protocol: 4, sourcePort: 0 });
  });

  it('is not in a later fragment, nor in what is not IPv4', () => {
    expect(tupleOf(ipPacket(ends, 17, new Uint8Array(16), { fragmentOffset: 8 }), 0)).toBeUndefined();
    const six = udpPacket(ends, 5, 6);
    six[0] = 0x65;
    expect(tupleOf(six, 0)).toBeUndefined();
  });
});

describe('an answer’s tuple', () => {
  it('is the mirror image, and the mirror image of that the tuple', () => {
    const tuple = tupleOf(udpPacket(ends, 5, 6), 0)!;
    const answer = mirror(tuple);
    expect(answer).toEqual({
      protocol: 17,
      source: ends.destination,
      destination: ends.source,
      sourcePort: 6,
      destinationPort: 5,
    });
    expect(sameTuple(mirror(answer), tuple)).toBe(true);
    expect(sameTuple(answer, tuple)).toBe(false);
  });

  it.each([
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ])('pairs ICMP types %i and %i', (query, answer) => {
    const tuple = { ...tupleOf(echoPacket(ends, 7), 0)!, icmp: { type: query, code: 0 } };
    expect(invertTuple(tuple)?.icmp?.type).toBe(answer);
    expect(invertTuple(invertTuple(tuple)!)).toEqual(tuple);
  });

  it('does not exist for an ICMP error', () => {
    const tuple = { ...tupleOf(echoPacket(ends, 7), 0)!, icmp: { type: 3, code: 1 } };
    expect(invertTuple(tuple)).toBeUndefined();
    expect(() => mirror(tuple)).toThrow('ICMP type 3 has no answer');
  });
});
