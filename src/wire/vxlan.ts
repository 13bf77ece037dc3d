import { readU24, writeU24 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * VXLAN header, RFC 7348 section 5; a whole Ethernet frame follows it.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+-----------------------------------------------+
 *   |R|R|R|R|I|R|R|R|                   reserved                    |
 *   +---------------+-------------------------------+---------------+
 *   |        VXLAN network identifier (VNI)         |   reserved    |
 *   +-----------------------------------------------+---------------+
 */
export const VXLAN_HEADER_LENGTH = 8;
/** IANA's port (RFC 7348 section 8.1). */
export const VXLAN_PORT_IANA = 4789;
/** The port Linux used before IANA assigned one, and still its default. */
export const VXLAN_PORT_LINUX = 8472;
const VNI_VALID = 0x08;

export interface VxlanFields {
  readonly vni: number;
}

/** A VXLAN header read and written in place. */
export class VxlanView {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get flags(): number {
    return this.bytes[this.offset] ?? 0;
  }
  set flags(value: number) {
    this.bytes[this.offset] = value;
  }

  /** Whether the I flag is set, without which a receiver drops the packet. */
  get vniValid(): boolean {
    return (this.flags & VNI_VALID) !== 0;
  }

  get vni(): number {
    return readU24(this.bytes, this.offset + 4);
  }
  set vni(value: number) {
    writeU24(this.bytes, this.offset + 4, value);
  }

  /** Where the inner frame starts in `bytes`. */
  get payloadOffset(): number {
    return this.offset + VXLAN_HEADER_LENGTH;
  }
}

/** The header before a copy of the inner frame. */
export function emitVxlan(fields: VxlanFields, innerFrame?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(VXLAN_HEADER_LENGTH + (innerFrame?.length ?? 0));
  const view = new VxlanView(bytes);
  view.flags = VNI_VALID;
  view.vni = fields.vni;
  if (innerFrame) bytes.set(innerFrame, VXLAN_HEADER_LENGTH);
  return bytes;
}

/** @throws WireError when fewer than 8 bytes are there or the I flag is not set. */
export function parseVxlan(bytes: Uint8Array, offset = 0): VxlanFields {
  requireBytes('VXLAN', bytes, offset, VXLAN_HEADER_LENGTH);
  const view = new VxlanView(bytes, offset);
  if (!view.vniValid) throw new WireError('VXLAN', offset, 'the I flag is not set, so there is no VNI');
  return { vni: view.vni };
}
