import { describe, expect, it } from 'vitest';
import { readU16 } from './octets.ts';
import { crc32c, emitSctpInit, fillSctpChecksum, SCTP_HEADER_LENGTH, sctpChecksum } from './sctp.ts';

describe('crc32c', () => {
  it('gives the check value of its catalogue entry', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it.each([
    ['zeros', new Uint8Array(32), 0x8a9136aa],
    ['ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ])('sums 32 bytes of %s as RFC 3720 B.4 does', (_name, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });
});

describe('an INIT', () => {
  const bytes = emitSctpInit({ sourcePort: 40_000, destinationPort: 9, initiateTag: 7, initialTsn: 8 });

  it('has its ports first and one chunk behind the common header', () => {
    expect([readU16(bytes, 0), readU16(bytes, 2)]).toEqual([40_000, 9]);
    expect(bytes[SCTP_HEADER_LENGTH]).toBe(1);
    expect(readU16(bytes, SCTP_HEADER_LENGTH + 2)).toBe(bytes.length - SCTP_HEADER_LENGTH);
  });

  it('carries a checksum that follows its ports', () => {
    const other = bytes.slice();
    other[3] = 10;
    fillSctpChecksum(other, 0, other.length);
    expect(sctpChecksum(other, 0)).not.toBe(sctpChecksum(bytes, 0));
  });
});
