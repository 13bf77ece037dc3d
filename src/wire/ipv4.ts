import type { IpAddress } from './address.ts';
import { ipv4FromNumber, ipv4ToNumber } from './address.ts';
import { internetChecksum, updateChecksum16 } from './checksum.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * IPv4 header, RFC 791 section 3.1; the second byte as RFC 2474 and RFC 3168 read it.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+-------+---------------+-------------------------------+
 *   |   4   |  IHL  |  DSCP and ECN |         total length          |
 *   +-------+-------+---------------+-----+-------------------------+
 *   |        identification         |0|D|M|  fragment offset / 8    |
 *   +---------------+---------------+-----+-------------------------+
 *   |      TTL      |   protocol    |        header checksum        |
 *   +---------------+---------------+-------------------------------+
 *   |                        source address                         |
 *   +---------------------------------------------------------------+
 *   |                      destination address                      |
 *   +---------------------------------------------------------------+
 *   |  options, padded with zeros to 4 bytes …
 *   +---------------------------------------------------------------+
 */
export const IPV4_HEADER_LENGTH = 20;
export const IPV4_MAXIMUM_LENGTH = 65535;
export const IpProtocol = { icmp: 1, ipip: 4, tcp: 6, udp: 17, sctp: 132 } as const;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;

export interface Ipv4Fields {
  readonly tos: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes: a multiple of 8. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly options?: Uint8Array;
}

/** An IPv4 header read and written in place. Setters leave the checksum as it was: `fillChecksum` puts it right. */
export class Ipv4View {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get version(): number {
    return (this.bytes[this.offset] ?? 0) >>> 4;
  }

  /** In bytes, options included. */
  get headerLength(): number {
    return ((this.bytes[this.offset] ?? 0) & 15) * 4;
  }

  get tos(): number {
    return this.bytes[this.offset + 1] ?? 0;
  }
  set tos(value: number) {
    this.bytes[this.offset + 1] = value;
  }

  get totalLength(): number {
    return readU16(this.bytes, this.offset + 2);
  }
  set totalLength(value: number) {
    writeU16(this.bytes, this.offset + 2, value);
  }

  get identification(): number {
    return readU16(this.bytes, this.offset + 4);
  }
  set identification(value: number) {
    writeU16(this.bytes, this.offset + 4, value);
  }

  get dontFragment(): boolean {
    return (readU16(this.bytes, this.offset + 6) & DONT_FRAGMENT) !== 0;
  }
  set dontFragment(value: boolean) {
    this.#setFragmentBits(DONT_FRAGMENT, value ? DONT_FRAGMENT : 0);
  }

  get moreFragments(): boolean {
    return (readU16(this.bytes, this.offset + 6) & MORE_FRAGMENTS) !== 0;
  }
  set moreFragments(value: boolean) {
    this.#setFragmentBits(MORE_FRAGMENTS, value ? MORE_FRAGMENTS : 0);
  }

  /** In bytes. */
  get fragmentOffset(): number {
    return (readU16(this.bytes, this.offset + 6) & OFFSET_MASK) * 8;
  }
  set fragmentOffset(value: number) {
    this.#setFragmentBits(OFFSET_MASK, value >>> 3);
  }

  /** Whether the packet is a part, first or later, of a bigger one. */
  get isFragment(): boolean {
    return (readU16(this.bytes, this.offset + 6) & (MORE_FRAGMENTS | OFFSET_MASK)) !== 0;
  }

  get ttl(): number {
    return this.bytes[this.offset + 8] ?? 0;
  }
  set ttl(value: number) {
    this.bytes[this.offset + 8] = value;
  }

  get protocol(): number {
    return this.bytes[this.offset + 9] ?? 0;
  }
  set protocol(value: number) {
    this.bytes[this.offset + 9] = value;
  }

  get headerChecksum(): number {
    return readU16(this.bytes, this.offset + 10);
  }
  set headerChecksum(value: number) {
    writeU16(this.bytes, this.offset + 10, value);
  }

  get source(): IpAddress {
    return ipv4FromNumber(this.sourceNumber);
  }
  set source(address: IpAddress) {
    this.sourceNumber = ipv4ToNumber(address);
  }

  /** The source address as an unsigned 32-bit integer. */
  get sourceNumber(): number {
    return readU32(this.bytes, this.offset + 12);
  }
  set sourceNumber(value: number) {
    writeU32(this.bytes, this.offset + 12, value);
  }

  get destination(): IpAddress {
    return ipv4FromNumber(this.destinationNumber);
  }
  set destination(address: IpAddress) {
    this.destinationNumber = ipv4ToNumber(address);
  }

  /** The destination address as an unsigned 32-bit integer. */
  get destinationNumber(): number {
    return readU32(this.bytes, this.offset + 16);
  }
  set destinationNumber(value: number) {
    writeU32(this.bytes, this.offset + 16, value);
  }

  /** Where the payload starts in `bytes`. */
  get payloadOffset(): number {
    return this.offset + this.headerLength;
  }

  get payloadLength(): number {
    return this.totalLength - this.headerLength;
  }

  /** The packet without what follows it in `bytes`, sharing memory. */
  packet(): Uint8Array {
    return this.bytes.subarray(this.offset, this.offset + this.totalLength);
  }

  /** The packet's payload, sharing memory. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.payloadOffset, this.offset + this.totalLength);
  }

  /** One hop less to live, the checksum kept right (RFC 1624; Linux: ip_decrease_ttl). */
  decrementTtl(): void {
    const before = readU16(this.bytes, this.offset + 8);
    this.ttl = this.ttl - 1;
    this.headerChecksum = updateChecksum16(this.headerChecksum, before, readU16(this.bytes, this.offset + 8));
  }

  fillChecksum(): void {
    this.headerChecksum = 0;
    this.headerChecksum = internetChecksum(this.bytes, this.offset, this.offset + this.headerLength);
  }

  checksumValid(): boolean {
    return internetChecksum(this.bytes, this.offset, this.offset + this.headerLength) === 0;
  }

  #setFragmentBits(mask: number, bits: number): void {
    writeU16(this.bytes, this.offset + 6, (readU16(this.bytes, this.offset + 6) & ~mask) | (bits & mask));
  }
}

/**
 * A packet of the header and the payload, with length and checksum.
 * @throws WireError when it would exceed 65,535 bytes, or options 40 bytes.
 */
export function emitIpv4(fields: Ipv4Fields, payload?: Uint8Array): Uint8Array {
  const options = fields.options;
  const headerLength = IPV4_HEADER_LENGTH + (options ? Math.ceil(options.length / 4) * 4 : 0);
  const totalLength = headerLength + (payload?.length ?? 0);
  if (headerLength > 60) throw new WireError('IPv4', IPV4_HEADER_LENGTH, `options of ${headerLength - 20} bytes`);
  if (totalLength > IPV4_MAXIMUM_LENGTH) throw new WireError('IPv4', 2, `packet of ${totalLength} bytes`);
  const bytes = new Uint8Array(totalLength);
  const view = new Ipv4View(bytes);
  bytes[0] = 0x40 | (headerLength / 4);
  view.tos = fields.tos;
  view.totalLength = totalLength;
  view.identification = fields.identification;
  view.fragmentOffset = fields.fragmentOffset;
  view.dontFragment = fields.dontFragment;
  view.moreFragments = fields.moreFragments;
  view.ttl = fields.ttl;
  view.protocol = fields.protocol;
  view.source = fields.source;
  view.destination = fields.destination;
  if (options) bytes.set(options, IPV4_HEADER_LENGTH);
  view.fillChecksum();
  if (payload) bytes.set(payload, headerLength);
  return bytes;
}

/**
 * Reads a header. The payload may be cut, as in an ICMP quote; the checksum is not judged.
 * @throws WireError when the header is cut, is not version 4, or its lengths contradict each other.
 */
export function parseIpv4(bytes: Uint8Array, offset = 0): Ipv4Fields {
  requireBytes('IPv4', bytes, offset, IPV4_HEADER_LENGTH);
  const view = new Ipv4View(bytes, offset);
  if (view.version !== 4) throw new WireError('IPv4', offset, `version ${view.version}`);
  const headerLength = view.headerLength;
  if (headerLength < IPV4_HEADER_LENGTH) throw new WireError('IPv4', offset, `header length ${headerLength}`);
  requireBytes('IPv4', bytes, offset, headerLength);
  if (view.totalLength < headerLength) throw new WireError('IPv4', offset + 2, `total length ${view.totalLength}`);
  const { tos, identification, dontFragment, moreFragments, fragmentOffset, ttl, protocol, source, destination } = view;
  const fields = {
    tos,
    identification,
    dontFragment,
    moreFragments,
    fragmentOffset,
    ttl,
    protocol,
    source,
    destination,
  };
  if (headerLength === IPV4_HEADER_LENGTH) return fields;
  return { ...fields, options: bytes.slice(offset + IPV4_HEADER_LENGTH, offset + headerLength) };
}
