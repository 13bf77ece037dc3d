import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pcapng, PcapngInterface, PcapngPacket } from './pcapng.ts';
import { emitPcapng, LinkType, parsePcapng } from './pcapng.ts';
import { WireError } from './wireError.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const pcapngInterface: fc.Arbitrary<PcapngInterface> = fc.record(
  { name: text, linkType: fc.constantFrom(...Object.values(LinkType)), mtu: fc.integer({ min: 68, max: 65535 }) },
  { requiredKeys: ['name', 'linkType'] },
);
const capture: fc.Arbitrary<Pcapng> = fc.array(pcapngInterface, { minLength: 1, maxLength: 4 }).chain((interfaces) => {
  const packet: fc.Arbitrary<PcapngPacket> = fc.record(
    {
      interface: fc.nat(interfaces.length - 1),
      timeNanoseconds: fc.maxSafeNat(),
      bytes: fc.uint8Array({ maxLength: 70 }),
      direction: fc.constantFrom<'in' | 'out'>('in', 'out'),
      comment: text,
    },
    { requiredKeys: ['interface', 'timeNanoseconds', 'bytes'] },
  );
  return fc.record({ interfaces: fc.constant(interfaces), packets: fc.array(packet, { maxLength: 6 }) });
});

/** A block of 32-bit words in the byte order asked for. */
function block(littleEndian: boolean, type: number, ...words: number[]): number[] {
  const bytes = new Uint8Array(12 + 4 * words.length);
  const view = new DataView(bytes.buffer);
  [type, bytes.length, ...words, bytes.length].forEach((word, i) => {
    view.setUint32(4 * i, word, littleEndian);
  });
  return [...bytes];
}

const section = (littleEndian: boolean): number[] =>
  block(littleEndian, 0x0a0d0d0a, 0x1a2b3c4d, littleEndian ? 1 : 0x10000, 0xffffffff, 0xffffffff);

describe('pcapng', () => {
  it('keeps interfaces, times, bytes, directions and comments', () => {
    fc.assert(
      fc.property(capture, (value) => {
        expect(parsePcapng(emitPcapng(value))).toEqual(value);
      }),
    );
  });

  it('is laid out in blocks of whole words whose two lengths agree', () => {
    fc.assert(
      fc.property(capture, (value) => {
        const file = Buffer.from(emitPcapng(value));
        const types: number[] = [];
        for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
          const length = file.readUInt32LE(at + 4);
          expect(length % 4).toBe(0);
          expect(file.readUInt32LE(at + length - 4)).toBe(length);
          types.push(file.readUInt32LE(at));
        }
        expect(types).toEqual([0x0a0d0d0a, ...value.interfaces.map(() => 1), ...value.packets.map(() => 6)]);
      }),
    );
  });

  it('reads other byte orders, time resolutions, sections and unknown blocks', () => {
    const file = Uint8Array.from([
      ...section(false),
      ...block(false, 1, 0x10000, 0, 0),
      ...block(false, 0x0bad, 1, 2, 3),
      // one packet 5 µs after the epoch, in the default microseconds
      ...block(false, 6, 0, 0, 5, 2, 60, 0xabcd0000),
      ...section(true),
      // if_tsresol 0x8a: 2^-10 s
      ...block(true, 1, 101, 1, 0x00010009, 0x8a, 0),
      ...block(true, 6, 0, 0, 1024, 1, 1, 0x7f),
      ...block(true, 3, 4, 0x0000007e),
    ]);
    expect(parsePcapng(file)).toEqual({
      interfaces: [
        { name: '', linkType: 1 },
        { name: '', linkType: 101 },
      ],
      packets: [
        { interface: 0, timeNanoseconds: 5000, bytes: Uint8Array.of(0xab, 0xcd) },
        { interface: 1, timeNanoseconds: 1e9, bytes: Uint8Array.of(0x7f) },
        { interface: 1, timeNanoseconds: 0, bytes: Uint8Array.of(0x7e) },
      ],
    });
  });

  it.each<[string, number[], RegExp]>([
    ['an empty file', [], /empty/],
    ['another format', block(true, 0xa1b2c3d4, 0, 0), /section header/],
    ['no byte-order magic', block(true, 0x0a0d0d0a, 1, 2, 3), /magic/],
    ['a block that runs off the end', section(true).slice(0, 24), /block length 28/],
    ['a packet before its interface', [...section(true), ...block(true, 6, 0, 0, 0, 0, 0)], /unknown interface 0/],
    [
      'a packet longer than its block',
      [...section(true), ...block(true, 1, 1, 0), ...block(true, 6, 0, 0, 0, 9, 9, 0)],
      /body/,
    ],
    ['a simple packet before any interface', [...section(true), ...block(true, 3, 4, 0)], /before any interface/],
    ['lengths that differ', [...section(true).slice(0, -4), 0, 0, 0, 0], /differ/],
  ])('refuses %s', (_, bytes, message) => {
    const run = () => parsePcapng(Uint8Array.from(bytes));
    expect(run).toThrow(WireError);
    expect(run).toThrow(message);
  });

  it('reads or refuses damaged files, and nothing else', () => {
    fc.assert(
      fc.property(capture, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, at, byte) => {
        const file = emitPcapng(value);
        file[at % file.length] = byte;
        try {
          // One byte makes an interface description (type 1) a simple packet (type 3), but no block more than one packet.
          const blocks = value.packets.length + value.interfaces.length;
          expect(parsePcapng(file).packets.length).toBeLessThanOrEqual(blocks);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not write a packet of an interface it lacks', () => {
    const packets = [{ interface: 1, timeNanoseconds: 0, bytes: new Uint8Array(1) }];
    expect(() => emitPcapng({ interfaces: [{ name: 'eth0', linkType: 1 }], packets })).toThrow(/interface 1/);
  });
});
