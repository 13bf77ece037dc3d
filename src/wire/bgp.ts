import { type BgpOpen, emitBgpOpen, parseBgpOpen } from './bgpOpen.ts';
import { type BgpEncoding, type BgpUpdate, emitBgpUpdate, parseBgpUpdate } from './bgpUpdate.ts';
import { readU16, writeU16 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * BGP message header, RFC 4271 section 4.1.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *   |                                                               |
 *   |                    marker, 16 octets of ones                  |
 *   |                                                               |
 *   |                                                               |
 *   +-------------------------------+---------------+---------------+
 *   |             length            |     type      |
 *   +-------------------------------+---------------+
 */
export const BGP_HEADER_LENGTH = 19;
/** RFC 4271 section 4.1, without extended messages (RFC 8654). */
export const BGP_MAXIMUM_LENGTH = 4096;
export const BGP_PORT = 179;
const PROTOCOL = 'BGP';
const MARKER_LENGTH = 16;

/** What ended a session and why, RFC 4271 section 4.5; codes and subcodes as IANA numbers them. */
export interface BgpNotification {
  readonly type: 'NOTIFICATION';
  readonly code: number;
  readonly subcode: number;
  readonly data?: Uint8Array;
}

/** RFC 2918; `subtype` 1 and 2 mark begin and end of a refresh (RFC 7313). */
export interface BgpRouteRefresh {
  readonly type: 'ROUTE-REFRESH';
  readonly afi: number;
  readonly subtype: number;
  readonly safi: number;
}

export type BgpMessage =
  | BgpOpen
  | BgpUpdate
  | BgpNotification
  | BgpRouteRefresh
  | {
      readonly type: 'KEEPALIVE';
    };

/** Message types by their number on the wire. */
const TYPES = [undefined, 'OPEN', 'UPDATE', 'NOTIFICATION', 'KEEPALIVE', 'ROUTE-REFRESH'] as const;

/**
 * A whole message with its header.
 * @param encoding what the session negotiated; only an UPDATE depends on it.
 * @throws WireError when the message would exceed 4,096 bytes.
 */
export function emitBgp(message: BgpMessage, encoding: BgpEncoding): Uint8Array {
  const body = emitBody(message, encoding);
  const length = BGP_HEADER_LENGTH + body.length;
  if (length > BGP_MAXIMUM_LENGTH) throw new WireError(PROTOCOL, MARKER_LENGTH, `message of ${length} bytes`);
  const bytes = new Uint8Array(length);
  bytes.fill(0xff, 0, MARKER_LENGTH);
  writeU16(bytes, MARKER_LENGTH, length);
  bytes[MARKER_LENGTH + 2] = TYPES.indexOf(message.type);
  bytes.set(body, BGP_HEADER_LENGTH);
  return bytes;
}

/**
 * The message that starts at `offset`, which may be followed by others in the same stream.
 * @throws WireError when it is cut, the marker is not all ones, or its length or type is none that RFC 4271 allows.
 */
export function parseBgp(bytes: Uint8Array, encoding: BgpEncoding, offset = 0): BgpMessage {
  const length = bgpMessageLength(bytes, offset);
  requireBytes(PROTOCOL, bytes, offset, length);
  const body = bytes.subarray(offset + BGP_HEADER_LENGTH, offset + length);
  const type = TYPES[bytes[offset + 18] ?? 0];
  switch (type) {
    case 'OPEN':
      return parseBgpOpen(body);
    case 'UPDATE':
      return parseBgpUpdate(body, encoding);
    case 'NOTIFICATION':
      return parseNotification(body);
    case 'KEEPALIVE':
      if (body.length > 0) throw new WireError(PROTOCOL, offset + 16, `KEEPALIVE of ${length} bytes`);
      return { type };
    case 'ROUTE-REFRESH':
      requireBytes(PROTOCOL, body, 0, 4);
      return { type, afi: readU16(body, 0), subtype: body[2] ?? 0, safi: body[3] ?? 0 };
    default:
      throw new WireError(PROTOCOL, offset + 18, `type ${bytes[offset + 18]}`);
  }
}

/** How many bytes the message that starts at `offset` has. @throws WireError when its header is cut or not BGP's. */
export function bgpMessageLength(bytes: Uint8Array, offset: number): number {
  requireBytes(PROTOCOL, bytes, offset, BGP_HEADER_LENGTH);
  for (let i = 0; i < MARKER_LENGTH; i++) {
    if (bytes[offset + i] !== 0xff) throw new WireError(PROTOCOL, offset + i, 'the marker is not all ones');
  }
  const length = readU16(bytes, offset + MARKER_LENGTH);
  if (length < BGP_HEADER_LENGTH || length > BGP_MAXIMUM_LENGTH)
    throw new WireError(PROTOCOL, offset + MARKER_LENGTH, `length ${length}`);
  return length;
}

/** The messages of a stretch of a TCP stream, in order. @throws WireError as {@link parseBgp}. */
export function parseBgpStream(bytes: Uint8Array, encoding: BgpEncoding): readonly BgpMessage[] {
  const messages: BgpMessage[] = [];
  for (let offset = 0; offset < bytes.length; offset += bgpMessageLength(bytes, offset))
    messages.push(parseBgp(bytes, encoding, offset));
  return messages;
}

function emitBody(message: BgpMessage, encoding: BgpEncoding): Uint8Array {
  switch (message.type) {
    case 'OPEN':
      return emitBgpOpen(message);
    case 'UPDATE':
      return emitBgpUpdate(message, encoding);
    case 'NOTIFICATION':
      return Uint8Array.of(message.code, message.subcode, ...(message.data ?? []));
    case 'KEEPALIVE':
      return new Uint8Array(0);
    case 'ROUTE-REFRESH':
      return Uint8Array.of(message.afi >>> 8, message.afi, message.subtype, message.safi);
  }
}

function parseNotification(body: Uint8Array): BgpNotification {
  requireBytes(PROTOCOL, body, 0, 2);
  const [code = 0, subcode = 0] = body;
  const data = body.slice(2);
  return { type: 'NOTIFICATION', code, subcode, ...(data.length > 0 && { data }) };
}
