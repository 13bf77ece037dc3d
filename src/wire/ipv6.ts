import type { IpAddress } from './address.ts';
import { ipv6FromBytes, writeIpv6 } from './address.ts';
import { readU16, writeU16 } from './octets.ts';
import { WireError } from './wireError.ts';

/*
 * IPv6 header, RFC 8200 section 3. Extension headers are not read: what follows the header is taken for the payload.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+---------------+---------------------------------------+
 *   |   6   | traffic class |              flow label               |
 *   +-------+---------------+-------+---------------+---------------+
 *   |        payload length         |  next header  |   hop limit   |
 *   +-------------------------------+---------------+---------------+
 *   |                  source address, 16 bytes …
 *   |                  destination address, 16 bytes …
 */
export const IPV6_HEADER_LENGTH = 40;
const IPV6_MAXIMUM_PAYLOAD = 65535;

export interface Ipv6Fields {
  /** Next header, by IANA's protocol numbers. */
  readonly protocol: number;
  readonly hopLimit: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** An IPv6 header read and written in place; members that IPv4 has too are named as `Ipv4View`'s. */
export class Ipv6View {
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** In this header nothing says that a packet is a part of another. */
  readonly fragmentOffset = 0;
  readonly isFragment = false;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get version(): number {
    return (this.bytes[this.offset] ?? 0) >>> 4;
  }

  get headerLength(): number {
    return IPV6_HEADER_LENGTH;
  }

  get payloadLength(): number {
    return readU16(this.bytes, this.offset + 4);
  }

  get protocol(): number {
    return this.bytes[this.offset + 6] ?? 0;
  }

  get hopLimit(): number {
    return this.bytes[this.offset + 7] ?? 0;
  }

  get source(): IpAddress {
    return ipv6FromBytes(this.bytes, this.offset + 8);
  }
  set source(address: IpAddress) {
    writeIpv6(address, this.bytes, this.offset + 8);
  }

  get destination(): IpAddress {
    return ipv6FromBytes(this.bytes, this.offset + 24);
  }
  set destination(address: IpAddress) {
    writeIpv6(address, this.bytes, this.offset + 24);
  }

  /** Where the payload starts in `bytes`. */
  get payloadOffset(): number {
    return this.offset + IPV6_HEADER_LENGTH;
  }
}

/** A packet of the header and the payload. @throws WireError when the payload exceeds 65,535 bytes. */
export function emitIpv6(fields: Ipv6Fields, payload: Uint8Array): Uint8Array {
  if (payload.length > IPV6_MAXIMUM_PAYLOAD) throw new WireError('IPv6', 4, `payload of ${payload.length} bytes`);
  const bytes = new Uint8Array(IPV6_HEADER_LENGTH + payload.length);
  const view = new Ipv6View(bytes);
  bytes[0] = 0x60;
  writeU16(bytes, 4, payload.length);
  bytes[6] = fields.protocol;
  bytes[7] = fields.hopLimit;
  view.source = fields.source;
  view.destination = fields.destination;
  bytes.set(payload, IPV6_HEADER_LENGTH);
  return bytes;
}
