import type { IpAddress } from './address.ts';
import { ipv4FromNumber, ipv4ToNumber } from './address.ts';
import { internetChecksum } from './checksum.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { requireBytes } from './wireError.ts';

/*
 * ICMP messages, RFC 792; next-hop MTU, RFC 1191 section 4. An error quotes the packet that caused it (RFC 1812 4.3.2.3).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+---------------+-------------------------------+
 *   |     type      |     code      |           checksum            |
 *   +---------------+---------------+-------------------------------+
 *   |          identifier           |           sequence            |  echo
 *   +-------------------------------+-------------------------------+
 *   |            unused             |         next-hop MTU          |  fragmentation needed
 *   +-------------------------------+-------------------------------+
 *   |                        gateway address                        |  redirect
 *   +---------------------------------------------------------------+
 *   |  echo data, or the quoted packet …
 *   +---------------------------------------------------------------+
 */
export const ICMPV4_HEADER_LENGTH = 8;
export const Icmpv4Type = {
  echoReply: 0,
  destinationUnreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;
/** Codes of destination unreachable (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1). */
export const UnreachableCode = {
  net: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  netProhibited: 9,
  hostProhibited: 10,
  administrativelyProhibited: 13,
} as const;

export interface EchoFields {
  readonly type: 0 | 8;
  readonly identifier: number;
  readonly sequence: number;
}

export interface IcmpErrorFields {
  readonly type: number;
  readonly code: number;
  /** Only for fragmentation needed. */
  readonly nextHopMtu?: number;
  /** Only for a redirect. */
  readonly gateway?: IpAddress;
}

export interface Icmpv4Fields {
  readonly type: number;
  readonly code: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly nextHopMtu: number;
  readonly gateway: IpAddress;
}

/** An ICMP header read and written in place; what bytes 4 to 7 mean depends on the type. */
export class Icmpv4View {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get type(): number {
    return this.bytes[this.offset] ?? 0;
  }
  set type(value: number) {
    this.bytes[this.offset] = value;
  }

  get code(): number {
    return this.bytes[this.offset + 1] ?? 0;
  }
  set code(value: number) {
    this.bytes[this.offset + 1] = value;
  }

  get checksum(): number {
    return readU16(this.bytes, this.offset + 2);
  }
  set checksum(value: number) {
    writeU16(this.bytes, this.offset + 2, value);
  }

  get identifier(): number {
    return readU16(this.bytes, this.offset + 4);
  }
  set identifier(value: number) {
    writeU16(this.bytes, this.offset + 4, value);
  }

  get sequence(): number {
    return readU16(this.bytes, this.offset + 6);
  }
  set sequence(value: number) {
    writeU16(this.bytes, this.offset + 6, value);
  }

  get nextHopMtu(): number {
    return readU16(this.bytes, this.offset + 6);
  }
  set nextHopMtu(value: number) {
    writeU16(this.bytes, this.offset + 6, value);
  }

  get gateway(): IpAddress {
    return ipv4FromNumber(readU32(this.bytes, this.offset + 4));
  }
  set gateway(address: IpAddress) {
    writeU32(this.bytes, this.offset + 4, ipv4ToNumber(address));
  }

  /** Where echo data or the quoted packet starts in `bytes`. */
  get payloadOffset(): number {
    return this.offset + ICMPV4_HEADER_LENGTH;
  }

  /** @param length bytes of the whole message, header included. */
  fillChecksum(length: number): void {
    this.checksum = 0;
    this.checksum = internetChecksum(this.bytes, this.offset, this.offset + length);
  }

  /** @param length bytes of the whole message, header included. */
  checksumValid(length: number): boolean {
    return internetChecksum(this.bytes, this.offset, this.offset + length) === 0;
  }
}

/** Whether a message of the type reports a problem with the packet it quotes (RFC 1122 3.2.2). */
export function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** An echo request or reply carrying `payload`. */
export function emitEcho(fields: EchoFields, payload?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ICMPV4_HEADER_LENGTH + (payload?.length ?? 0));
  const view = new Icmpv4View(bytes);
  view.type = fields.type;
  view.identifier = fields.identifier;
  view.sequence = fields.sequence;
  return finish(view, payload);
}

/** An error about the packet whose first bytes are `quote`: its IPv4 header and as much after it as is to be quoted. */
export function emitIcmpError(fields: IcmpErrorFields, quote: Uint8Array): Uint8Array {
  const view = new Icmpv4View(new Uint8Array(ICMPV4_HEADER_LENGTH + quote.length));
  view.type = fields.type;
  view.code = fields.code;
  if (fields.nextHopMtu !== undefined) view.nextHopMtu = fields.nextHopMtu;
  if (fields.gateway !== undefined) view.gateway = fields.gateway;
  return finish(view, quote);
}

function finish(view: Icmpv4View, payload: Uint8Array | undefined): Uint8Array {
  if (payload) view.bytes.set(payload, ICMPV4_HEADER_LENGTH);
  view.fillChecksum(view.bytes.length);
  return view.bytes;
}

/** @throws WireError when fewer than 8 bytes are there. */
export function parseIcmpv4(bytes: Uint8Array, offset = 0): Icmpv4Fields {
  requireBytes('ICMP', bytes, offset, ICMPV4_HEADER_LENGTH);
  const { type, code, identifier, sequence, nextHopMtu, gateway } = new Icmpv4View(bytes, offset);
  return { type, code, identifier, sequence, nextHopMtu, gateway };
}
