import type { IpAddress } from './address.ts';
import { internetChecksum, pseudoHeaderSum } from './checksum.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import type { TcpOption } from './tcpOption.ts';
import { parseTcpOptions, TCP_OPTIONS_MAXIMUM_LENGTH, tcpOptionsLength, writeTcpOptions } from './tcpOption.ts';
import { requireBytes, WireError } from './wireError.ts';

export type { TcpOption } from './tcpOption.ts';

/*
 * TCP header, RFC 9293 section 3.1; ECE and CWR, RFC 3168.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |          source port          |       destination port        |
 *   +-------------------------------+-------------------------------+
 *   |                        sequence number                        |
 *   +---------------------------------------------------------------+
 *   |                    acknowledgement number                     |
 *   +-------+-------+---------------+-------------------------------+
 *   |offset | rsrvd |C|E|U|A|P|R|S|F|            window             |
 *   +-------+-------+---------------+-------------------------------+
 *   |           checksum            |        urgent pointer         |
 *   +-------------------------------+-------------------------------+
 *   |  options, padded with zeros to 4 bytes …
 *   +---------------------------------------------------------------+
 */
export const TCP_HEADER_LENGTH = 20;
const PROTOCOL = 6;

/** The flag bits; a segment's flags are their sum. */
export const TcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;
/** A sum of {@link TcpFlag} bits, 0 to 255. */
export type TcpFlags = number;

export interface TcpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: TcpFlags;
  readonly window: number;
  readonly options: readonly TcpOption[];
  readonly urgentPointer?: number;
}

/** The addresses of the IP header around a segment, which its checksum covers. */
export interface TcpAddresses {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** A TCP header read and written in place. */
export class TcpView {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get sourcePort(): number {
    return readU16(this.bytes, this.offset);
  }
  set sourcePort(value: number) {
    writeU16(this.bytes, this.offset, value);
  }

  get destinationPort(): number {
    return readU16(this.bytes, this.offset + 2);
  }
  set destinationPort(value: number) {
    writeU16(this.bytes, this.offset + 2, value);
  }

  get sequence(): number {
    return readU32(this.bytes, this.offset + 4);
  }
  set sequence(value: number) {
    writeU32(this.bytes, this.offset + 4, value);
  }

  get acknowledgement(): number {
    return readU32(this.bytes, this.offset + 8);
  }
  set acknowledgement(value: number) {
    writeU32(this.bytes, this.offset + 8, value);
  }

  /** Bytes of the header, options included. */
  get dataOffset(): number {
    return ((this.bytes[this.offset + 12] ?? 0) >>> 4) * 4;
  }

  get flags(): TcpFlags {
    return this.bytes[this.offset + 13] ?? 0;
  }
  set flags(value: TcpFlags) {
    this.bytes[this.offset + 13] = value;
  }

  /** As on the wire, not scaled. */
  get window(): number {
    return readU16(this.bytes, this.offset + 14);
  }
  set window(value: number) {
    writeU16(this.bytes, this.offset + 14, value);
  }

  get checksum(): number {
    return readU16(this.bytes, this.offset + 16);
  }
  set checksum(value: number) {
    writeU16(this.bytes, this.offset + 16, value);
  }

  get urgentPointer(): number {
    return readU16(this.bytes, this.offset + 18);
  }
  set urgentPointer(value: number) {
    writeU16(this.bytes, this.offset + 18, value);
  }

  get payloadOffset(): number {
    return this.offset + this.dataOffset;
  }

  /** @throws WireError when the options are malformed. */
  options(): TcpOption[] {
    return parseTcpOptions(this.bytes, this.offset + TCP_HEADER_LENGTH, this.payloadOffset);
  }

  /** @param length bytes of header and payload. */
  fillChecksum(addresses: TcpAddresses, length: number): void {
    this.checksum = 0;
    this.checksum = this.#sum(addresses, length);
  }

  /** @param length bytes of header and payload. */
  checksumValid(addresses: TcpAddresses, length: number): boolean {
    return this.#sum(addresses, length) === 0;
  }

  #sum({ source, destination }: TcpAddresses, length: number): number {
    const pseudo = pseudoHeaderSum(source, destination, PROTOCOL, length);
    return internetChecksum(this.bytes, this.offset, this.offset + length, pseudo);
  }
}

/**
 * A segment with data offset and checksum; options stand as given, `linuxTcpOptions` gives Linux's layout.
 * @throws WireError when the options exceed 40 bytes.
 */
export function emitTcp(fields: TcpFields, payload: Uint8Array | undefined, addresses: TcpAddresses): Uint8Array {
  const optionsLength = tcpOptionsLength(fields.options);
  if (optionsLength > TCP_OPTIONS_MAXIMUM_LENGTH) {
    throw new WireError('TCP', TCP_HEADER_LENGTH, `options of ${optionsLength} bytes`);
  }
  const dataOffset = TCP_HEADER_LENGTH + optionsLength;
  const bytes = new Uint8Array(dataOffset + (payload?.length ?? 0));
  const view = new TcpView(bytes);
  view.sourcePort = fields.sourcePort;
  view.destinationPort = fields.destinationPort;
  view.sequence = fields.sequence;
  view.acknowledgement = fields.acknowledgement;
  bytes[12] = dataOffset << 2;
  view.flags = fields.flags;
  view.window = fields.window;
  view.urgentPointer = fields.urgentPointer ?? 0;
  writeTcpOptions(fields.options, bytes, TCP_HEADER_LENGTH);
  if (payload) bytes.set(payload, dataOffset);
  view.fillChecksum(addresses, bytes.length);
  return bytes;
}

/** @throws WireError when the header is cut or its data offset or options are impossible. */
export function parseTcp(bytes: Uint8Array, offset = 0): TcpFields {
  requireBytes('TCP', bytes, offset, TCP_HEADER_LENGTH);
  const view = new TcpView(bytes, offset);
  const dataOffset = view.dataOffset;
  if (dataOffset < TCP_HEADER_LENGTH) throw new WireError('TCP', offset + 12, `data offset ${dataOffset}`);
  requireBytes('TCP', bytes, offset, dataOffset);
  const { sourcePort, destinationPort, sequence, acknowledgement, flags, window, urgentPointer } = view;
  const options = view.options();
  const fields = { sourcePort, destinationPort, sequence, acknowledgement, flags, window, options };
  return urgentPointer === 0 ? fields : { ...fields, urgentPointer };
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

/** The names of the set bits, low bit first, as in `SYN ACK`; empty for none. */
export function tcpFlagNames(flags: TcpFlags): string {
  return FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0).join(' ');
}
