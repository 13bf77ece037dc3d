import { readU16, writeU16, writeU32 } from './octets.ts';

/*
 * SCTP common header and INIT chunk, RFC 9260 sections 3.1 and 3.3.2.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |          source port          |       destination port        |
 *   +-------------------------------+-------------------------------+
 *   |             verification tag, 0 in a packet with INIT         |
 *   +---------------------------------------------------------------+
 *   |                checksum: CRC32c, least byte first             |
 *   +---------------+---------------+-------------------------------+
 *   |  chunk type 1 |   flags 0     |        chunk length           |
 *   +---------------+---------------+-------------------------------+
 *   |                         initiate tag                          |
 *   |             advertised receiver window credit                 |
 *   |       outbound streams        |        inbound streams        |
 *   |                          initial TSN                          |
 *   +---------------------------------------------------------------+
 */
export const SCTP_HEADER_LENGTH = 12;
const INIT_LENGTH = 20;
/** The type of the chunk that begins an association. */
export const SCTP_INIT = 1;
/** What Linux offers: net.sctp's default streams, and a window of its default socket buffer. */
const STREAMS = 10;
const WINDOW = 106_496;
/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

export interface SctpInitFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly initiateTag: number;
  readonly initialTsn: number;
}

/** The packet that asks for an association, with its checksum. */
export function emitSctpInit(fields: SctpInitFields): Uint8Array {
  const bytes = new Uint8Array(SCTP_HEADER_LENGTH + INIT_LENGTH);
  writeU16(bytes, 0, fields.sourcePort);
  writeU16(bytes, 2, fields.destinationPort);
  bytes[SCTP_HEADER_LENGTH] = SCTP_INIT;
  writeU16(bytes, SCTP_HEADER_LENGTH + 2, INIT_LENGTH);
  writeU32(bytes, SCTP_HEADER_LENGTH + 4, fields.initiateTag);
  writeU32(bytes, SCTP_HEADER_LENGTH + 8, WINDOW);
  writeU16(bytes, SCTP_HEADER_LENGTH + 12, STREAMS);
  writeU16(bytes, SCTP_HEADER_LENGTH + 14, 0xffff);
  writeU32(bytes, SCTP_HEADER_LENGTH + 16, fields.initialTsn);
  fillSctpChecksum(bytes, 0, bytes.length);
  return bytes;
}

/** Writes the CRC32c of the SCTP packet in `bytes[start, end)` into it (RFC 9260 section 6.8). */
export function fillSctpChecksum(bytes: Uint8Array, start: number, end: number): void {
  writeU32(bytes, start + 8, 0);
  const sum = crc32c(bytes, start, end);
  for (let i = 0; i < 4; i++) bytes[start + 8 + i] = (sum >>> (8 * i)) & 255;
}

/** The checksum as it stands in the header, its bytes in their order. */
export function sctpChecksum(bytes: Uint8Array, start: number): number {
  return readU16(bytes, start + 8) * 0x10000 + readU16(bytes, start + 10);
}

/** Whether the packet in `bytes[start, end)` carries the sum of its bytes. */
export function sctpChecksumValid(bytes: Uint8Array, start: number, end: number): boolean {
  const copy = bytes.slice(start, end);
  fillSctpChecksum(copy, 0, copy.length);
  return sctpChecksum(copy, 0) === sctpChecksum(bytes, start);
}

/** CRC32c of `bytes[start, end)` (RFC 9260 appendix A). */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0xffffffff;
  for (let i = start; i < end; i++) {
    crc ^= bytes[i] ?? 0;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return ~crc >>> 0;
}
