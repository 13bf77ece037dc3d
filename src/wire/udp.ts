import type { IpAddress } from './address.ts';
import { internetChecksum, pseudoHeaderSum } from './checksum.ts';
import { readU16, writeU16 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * UDP header, RFC 768.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |          source port          |       destination port        |
 *   +-------------------------------+-------------------------------+
 *   |            length             |      checksum (0: none)       |
 *   +-------------------------------+-------------------------------+
 */
export const UDP_HEADER_LENGTH = 8;
const PROTOCOL = 17;

export interface UdpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** The addresses of the IP header around a datagram, which its checksum covers. */
export interface UdpAddresses {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** A UDP header read and written in place. */
export class UdpView {
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

  /** Bytes of header and payload. */
  get length(): number {
    return readU16(this.bytes, this.offset + 4);
  }
  set length(value: number) {
    writeU16(this.bytes, this.offset + 4, value);
  }

  get checksum(): number {
    return readU16(this.bytes, this.offset + 6);
  }
  set checksum(value: number) {
    writeU16(this.bytes, this.offset + 6, value);
  }

  get payloadOffset(): number {
    return this.offset + UDP_HEADER_LENGTH;
  }

  get payloadLength(): number {
    return this.length - UDP_HEADER_LENGTH;
  }

  /** The datagram's payload, sharing memory. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.payloadOffset, this.offset + this.length);
  }

  fillChecksum(addresses: UdpAddresses): void {
    this.checksum = 0;
    // 0 on the wire says "no checksum", so a sum that comes out as 0 goes as its other one's complement zero.
    this.checksum = this.#sum(addresses) || 0xffff;
  }

  /** Whether a receiver accepts the checksum; 0, none, is accepted. */
  checksumValid(addresses: UdpAddresses): boolean {
    return this.checksum === 0 || this.#sum(addresses) === 0;
  }

  #sum({ source, destination }: UdpAddresses): number {
    const pseudo = pseudoHeaderSum(source, destination, PROTOCOL, this.length);
    return internetChecksum(this.bytes, this.offset, this.offset + this.length, pseudo);
  }
}

/**
 * A datagram with length and checksum.
 * @param addresses of the IP header to come; `undefined` sends the checksum as 0, which means none (RFC 768).
 * @throws WireError when it would exceed 65,535 bytes.
 */
export function emitUdp(fields: UdpFields, payload?: Uint8Array, addresses?: UdpAddresses): Uint8Array {
  const length = UDP_HEADER_LENGTH + (payload?.length ?? 0);
  if (length > 0xffff) throw new WireError('UDP', 4, `datagram of ${length} bytes`);
  const bytes = new Uint8Array(length);
  const view = new UdpView(bytes);
  view.sourcePort = fields.sourcePort;
  view.destinationPort = fields.destinationPort;
  view.length = length;
  if (payload) bytes.set(payload, UDP_HEADER_LENGTH);
  if (addresses) view.fillChecksum(addresses);
  return bytes;
}

/** Reads a header; the payload may be cut. @throws WireError when the header is cut or its length is under 8. */
export function parseUdp(bytes: Uint8Array, offset = 0): UdpFields {
  requireBytes('UDP', bytes, offset, UDP_HEADER_LENGTH);
  const { sourcePort, destinationPort, length } = new UdpView(bytes, offset);
  if (length < UDP_HEADER_LENGTH) throw new WireError('UDP', offset + 4, `length ${length}`);
  return { sourcePort, destinationPort };
}
