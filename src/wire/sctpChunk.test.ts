import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sctpChecksumValid } from './sctp.ts';
import {
  dataChunk,
  emitSctp,
  initChunk,
  parseSctp,
  plainChunk,
  readData,
  readInit,
  SctpChunkType,
} from './sctpChunk.ts';

const port = fc.integer({ min: 0, max: 0xffff });
const word = fc.integer({ min: 0, max: 0xffffffff });
const bytes = fc.uint8Array({ maxLength: 60 });
const chunk = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 255 }),
  value: bytes,
});

describe('SCTP packets', () => {
  it('are read as they were written, whatever padding lies between the chunks', () => {
    const packet = fc.record({
      sourcePort: port,
      destinationPort: port,
      verificationTag: word,
      chunks: fc.array(chunk, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(packet, (fields) => {
        const written = emitSctp(fields);
        expect(written.length % 4).toBe(0);
        expect(sctpChecksumValid(written, 0, written.length)).toBe(true);
        expect(parseSctp(written, 0, written.length)).toEqual(fields);
      }),
    );
  });

  it('whose chunks do not fit are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        const parsed = parseSctp(noise, 0, noise.length);
        const sizes = (parsed?.chunks ?? []).map(({ value }) => 4 + value.length);
        expect(sizes.reduce((sum, size) => sum + size, 12)).toBeLessThanOrEqual(Math.max(12, noise.length));
      }),
    );
    const cut = emitSctp({
      sourcePort: 1,
      destinationPort: 2,
      verificationTag: 3,
      chunks: [plainChunk(SctpChunkType.abort)],
    });
    cut[15] = 9;
    expect(parseSctp(cut, 0, cut.length)).toBeUndefined();
  });
});

describe('chunks', () => {
  it('carry what an INIT ACK agrees on, cookie included', () => {
    const init = fc.record({ tag: word, window: word, outbound: port, inbound: port, tsn: word, cookie: bytes });
    fc.assert(
      fc.property(init, (fields) => {
        expect(readInit(initChunk(2, fields))).toEqual(fields);
      }),
    );
  });

  it('carry pieces of messages', () => {
    const data = fc.record({
      tsn: word,
      streamSequence: port,
      begins: fc.boolean(),
      ends: fc.boolean(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    });
    fc.assert(
      fc.property(data, (fields) => {
        expect(readData(dataChunk(fields))).toEqual(fields);
      }),
    );
  });
});
