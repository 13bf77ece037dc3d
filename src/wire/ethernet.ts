import type { MacAddress } from './address.ts';
import { macFromBytes, writeMac } from './address.ts';
import { readU16, writeU16 } from './octets.ts';
import { requireBytes } from './wireError.ts';

/*
 * Ethernet II header, IEEE 802.3 clause 3, RFC 894. No preamble and no frame check sequence: as a packet socket sees it.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |                        destination MAC                        |
 *   +-------------------------------+-------------------------------+
 *   |    destination MAC, rest      |          source MAC           |
 *   +-------------------------------+-------------------------------+
 *   |                       source MAC, rest                        |
 *   +-------------------------------+-------------------------------+
 *   |           EtherType           |  payload …
 *   +-------------------------------+
 */
export const ETHERNET_HEADER_LENGTH = 14;
export const EtherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff' as MacAddress;
export const ZERO_MAC = '00:00:00:00:00:00' as MacAddress;

export interface EthernetFields {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly etherType: number;
}

/** An Ethernet header read and written in place. */
export class EthernetView {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get destination(): MacAddress {
    return macFromBytes(this.bytes, this.offset);
  }
  set destination(mac: MacAddress) {
    writeMac(mac, this.bytes, this.offset);
  }

  get source(): MacAddress {
    return macFromBytes(this.bytes, this.offset + 6);
  }
  set source(mac: MacAddress) {
    writeMac(mac, this.bytes, this.offset + 6);
  }

  get etherType(): number {
    return readU16(this.bytes, this.offset + 12);
  }
  set etherType(value: number) {
    writeU16(this.bytes, this.offset + 12, value);
  }

  get payloadOffset(): number {
    return this.offset + ETHERNET_HEADER_LENGTH;
  }
}

/** A frame of the header and the payload. Short payloads are not padded: virtual devices do not either. */
export function emitEthernet(fields: EthernetFields, payload?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER_LENGTH + (payload?.length ?? 0));
  writeMac(fields.destination, bytes, 0);
  writeMac(fields.source, bytes, 6);
  writeU16(bytes, 12, fields.etherType);
  if (payload) bytes.set(payload, ETHERNET_HEADER_LENGTH);
  return bytes;
}

/** @throws WireError when fewer than 14 bytes are there. */
export function parseEthernet(bytes: Uint8Array, offset = 0): EthernetFields {
  requireBytes('Ethernet', bytes, offset, ETHERNET_HEADER_LENGTH);
  const view = new EthernetView(bytes, offset);
  return { destination: view.destination, source: view.source, etherType: view.etherType };
}

/** Whether the address has the group bit, which broadcast has too (IEEE 802 clause 8.2). */
export function isMulticastMac(mac: MacAddress): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
