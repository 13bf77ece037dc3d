import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { fillSctpChecksum, SCTP_HEADER_LENGTH } from './sctp.ts';

/*
 * SCTP's chunks, RFC 9260 section 3.2: each is padded to a multiple of four bytes, which its length does not count.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+---------------+-------------------------------+
 *   |     type      |     flags     |            length             |
 *   +---------------+---------------+-------------------------------+
 *   |                             value                             |
 */
export const SctpChunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;

const NAMES = new Map<number, string>([
  [SctpChunkType.data, 'DATA'],
  [SctpChunkType.init, 'INIT'],
  [SctpChunkType.initAck, 'INIT ACK'],
  [SctpChunkType.sack, 'SACK'],
  [SctpChunkType.heartbeat, 'HEARTBEAT'],
  [SctpChunkType.heartbeatAck, 'HEARTBEAT ACK'],
  [SctpChunkType.abort, 'ABORT'],
  [SctpChunkType.shutdown, 'SHUTDOWN'],
  [SctpChunkType.shutdownAck, 'SHUTDOWN ACK'],
  [SctpChunkType.error, 'ERROR'],
  [SctpChunkType.cookieEcho, 'COOKIE ECHO'],
  [SctpChunkType.cookieAck, 'COOKIE ACK'],
  [SctpChunkType.shutdownComplete, 'SHUTDOWN COMPLETE'],
]);

/** Of ABORT and SHUTDOWN COMPLETE: the verification tag is the sender's own, given back. */
export const SCTP_REFLECTED_TAG = 1;
/** Of DATA: the first and the last piece of a message. */
export const SctpDataFlag = { end: 1, begin: 2 } as const;
export const SCTP_CHUNK_HEADER_LENGTH = 4;
export const SCTP_DATA_HEADER_LENGTH = 16;
const INIT_LENGTH = 16;
const STATE_COOKIE = 7;

export interface SctpChunk {
  readonly type: number;
  readonly flags: number;
  /** Behind the chunk's header, without padding. */
  readonly value: Uint8Array;
}

export interface SctpPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  readonly chunks: readonly SctpChunk[];
}

/** The name that RFC 9260 gives a chunk type. */
export function sctpChunkName(type: number): string {
  return NAMES.get(type) ?? `chunk ${type}`;
}

/** A whole packet with its checksum. */
export function emitSctp({ sourcePort, destinationPort, verificationTag, chunks }: SctpPacket): Uint8Array {
  const sizes = chunks.map(({ value }) => padded(SCTP_CHUNK_HEADER_LENGTH + value.length));
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, SCTP_HEADER_LENGTH));
  writeU16(bytes, 0, sourcePort);
  writeU16(bytes, 2, destinationPort);
  writeU32(bytes, 4, verificationTag);
  let at = SCTP_HEADER_LENGTH;
  chunks.forEach(({ type, flags, value }, i) => {
    bytes[at] = type;
    bytes[at + 1] = flags;
    writeU16(bytes, at + 2, SCTP_CHUNK_HEADER_LENGTH + value.length);
    bytes.set(value, at + SCTP_CHUNK_HEADER_LENGTH);
    at += sizes[i] ?? 0;
  });
  fillSctpChecksum(bytes, 0, bytes.length);
  return bytes;
}

/** The packet in `bytes[start, end)`. @returns undefined when a chunk's length does not fit, or there is no chunk. */
export function parseSctp(bytes: Uint8Array, start: number, end: number): SctpPacket | undefined {
  if (end - start < SCTP_HEADER_LENGTH || end > bytes.length) return undefined;
  const chunks: SctpChunk[] = [];
  for (let at = start + SCTP_HEADER_LENGTH; at < end; ) {
    if (at + SCTP_CHUNK_HEADER_LENGTH > end) return undefined;
    const length = readU16(bytes, at + 2);
    if (length < SCTP_CHUNK_HEADER_LENGTH || at + length > end) return undefined;
    const value = bytes.slice(at + SCTP_CHUNK_HEADER_LENGTH, at + length);
    chunks.push({ type: bytes[at] ?? 0, flags: bytes[at + 1] ?? 0, value });
    at += padded(length);
  }
  if (chunks.length === 0) return undefined;
  return {
    sourcePort: readU16(bytes, start),
    destinationPort: readU16(bytes, start + 2),
    verificationTag: readU32(bytes, start + 4),
    chunks,
  };
}

export interface SctpInit {
  readonly tag: number;
  readonly window: number;
  readonly outbound: number;
  readonly inbound: number;
  readonly tsn: number;
  /** In an INIT ACK: what the other side is to send back. */
  readonly cookie?: Uint8Array | undefined;
}

export function initChunk(type: 1 | 2, init: SctpInit): SctpChunk {
  const { cookie } = init;
  const value = new Uint8Array(INIT_LENGTH + (cookie ? padded(4 + cookie.length) : 0));
  writeU32(value, 0, init.tag);
  writeU32(value, 4, init.window);
  writeU16(value, 8, init.outbound);
  writeU16(value, 10, init.inbound);
  writeU32(value, 12, init.tsn);
  if (cookie) {
    writeU16(value, INIT_LENGTH, STATE_COOKIE);
    writeU16(value, INIT_LENGTH + 2, 4 + cookie.length);
    value.set(cookie, INIT_LENGTH + 4);
  }
  return { type, flags: 0, value };
}

/** @returns undefined for what is too short to be an INIT or INIT ACK. */
export function readInit({ value }: SctpChunk): SctpInit | undefined {
  if (value.length < INIT_LENGTH) return undefined;
  let cookie: Uint8Array | undefined;
  for (let at = INIT_LENGTH; at + 4 <= value.length; ) {
    const length = readU16(value, at + 2);
    if (length < 4 || at + length > value.length) return undefined;
    if (readU16(value, at) === STATE_COOKIE) cookie = value.slice(at + 4, at + length);
    at += padded(length);
  }
  return {
    tag: readU32(value, 0),
    window: readU32(value, 4),
    outbound: readU16(value, 8),
    inbound: readU16(value, 10),
    tsn: readU32(value, 12),
    cookie,
  };
}

export interface SctpData {
  readonly tsn: number;
  readonly streamSequence: number;
  readonly begins: boolean;
  readonly ends: boolean;
  readonly bytes: Uint8Array;
}

/** Of stream 0, without a payload protocol. */
export function dataChunk({ tsn, streamSequence, begins, ends, bytes }: SctpData): SctpChunk {
  const head = SCTP_DATA_HEADER_LENGTH - SCTP_CHUNK_HEADER_LENGTH;
  const value = new Uint8Array(head + bytes.length);
  writeU32(value, 0, tsn);
  writeU16(value, 6, streamSequence);
  value.set(bytes, head);
  const flags = (begins ? SctpDataFlag.begin : 0) | (ends ? SctpDataFlag.end : 0);
  return { type: SctpChunkType.data, flags, value };
}

/** @returns undefined for a chunk without data, which nobody may send. */
export function readData({ flags, value }: SctpChunk): SctpData | undefined {
  const head = SCTP_DATA_HEADER_LENGTH - SCTP_CHUNK_HEADER_LENGTH;
  if (value.length <= head) return undefined;
  return {
    tsn: readU32(value, 0),
    streamSequence: readU16(value, 6),
    begins: (flags & SctpDataFlag.begin) !== 0,
    ends: (flags & SctpDataFlag.end) !== 0,
    bytes: value.slice(head),
  };
}

/** Acknowledges everything up to a TSN, and nothing behind it. */
export function sackChunk(tsn: number, window: number): SctpChunk {
  const value = new Uint8Array(12);
  writeU32(value, 0, tsn);
  writeU32(value, 4, window);
  return { type: SctpChunkType.sack, flags: 0, value };
}

export function shutdownChunk(tsn: number): SctpChunk {
  const value = new Uint8Array(4);
  writeU32(value, 0, tsn);
  return { type: SctpChunkType.shutdown, flags: 0, value };
}

/** A chunk that says everything by its type. */
export function plainChunk(type: number, flags = 0, value: Uint8Array = new Uint8Array(0)): SctpChunk {
  return { type, flags, value };
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
