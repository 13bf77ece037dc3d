import { readU32, writeU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * WireGuard messages (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", section 5.4). Integers are little endian;
 * what is encrypted is opaque.
 *
 *   type 1, initiation:  type 8 | 0 24 | sender 32 | ephemeral 32 B | static 48 B | timestamp 28 B | mac1 16 B | mac2 16 B
 *   type 2, response:    type 8 | 0 24 | sender 32 | receiver 32 | ephemeral 32 B | empty 16 B | mac1 16 B | mac2 16 B
 *   type 3, cookie:      type 8 | 0 24 | receiver 32 | nonce 24 B | cookie 32 B
 *   type 4, data:        type 8 | 0 24 | receiver 32 | counter 64 | encrypted packet … | tag 16 B
 */
export const WireguardType = { initiation: 1, response: 2, cookie: 3, data: 4 } as const;
/** Of whole messages; of data: without a packet, as in a keepalive. */
export const WIREGUARD_LENGTHS: Readonly<Record<number, number>> = { 1: 148, 2: 92, 3: 64, 4: 32 };
/** Of type, receiver and counter before a data message's packet. */
export const WIREGUARD_DATA_HEADER_LENGTH = 16;

export interface WireguardFields {
  readonly type: number;
  /** The sender's index of the session, in handshakes. */
  readonly sender?: number;
  /** The receiver's index of the session. */
  readonly receiver?: number;
  /** Of data. */
  readonly counter?: number;
}

/** A WireGuard message's open fields read and written in place. */
export class WireguardView {
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

  get sender(): number | undefined {
    return this.#isHandshake ? readLittle(this.bytes, this.offset + 4) : undefined;
  }

  get receiver(): number | undefined {
    const { type } = this;
    if (type === WireguardType.response) return readLittle(this.bytes, this.offset + 8);
    return type === WireguardType.cookie || type === WireguardType.data
      ? readLittle(this.bytes, this.offset + 4)
      : undefined;
  }

  /** Exact up to 2^53. */
  get counter(): number | undefined {
    if (this.type !== WireguardType.data) return undefined;
    return readLittle(this.bytes, this.offset + 8) + readLittle(this.bytes, this.offset + 12) * 2 ** 32;
  }

  /** Where a data message's encrypted packet begins. */
  get payloadOffset(): number {
    return this.offset + WIREGUARD_DATA_HEADER_LENGTH;
  }

  get #isHandshake(): boolean {
    return this.type === WireguardType.initiation || this.type === WireguardType.response;
  }
}

/** A message whose open fields are followed by `opaque`, the encrypted rest. @throws WireError when it is not as long as its type wants. */
export function emitWireguard({ type, sender, receiver, counter }: WireguardFields, opaque: Uint8Array): Uint8Array {
  const open = type === WireguardType.data ? 16 : type === WireguardType.response ? 12 : 8;
  const bytes = new Uint8Array(open + opaque.length);
  const wanted = WIREGUARD_LENGTHS[type];
  if (wanted === undefined) throw new WireError('WireGuard', 0, `type ${type}`);
  if (type === WireguardType.data ? bytes.length < wanted : bytes.length !== wanted) {
    throw new WireError('WireGuard', 0, `type ${type} of ${bytes.length} bytes`);
  }
  bytes[0] = type;
  const indexes = [sender, receiver].filter((index) => index !== undefined);
  for (const [i, index] of indexes.entries()) writeLittle(bytes, 4 + 4 * i, index);
  if (type === WireguardType.data) {
    writeLittle(bytes, 8, (counter ?? 0) % 2 ** 32);
    writeLittle(bytes, 12, Math.floor((counter ?? 0) / 2 ** 32));
  }
  bytes.set(opaque, open);
  return bytes;
}

/** @throws WireError when the type is unknown or the message is not as long as that wants. */
export function parseWireguard(bytes: Uint8Array, offset = 0): WireguardFields {
  requireBytes('WireGuard', bytes, offset, 4);
  const { type, sender, receiver, counter } = new WireguardView(bytes, offset);
  const wanted = WIREGUARD_LENGTHS[type];
  if (wanted === undefined) throw new WireError('WireGuard', offset, `type ${type}`);
  requireBytes('WireGuard', bytes, offset, wanted);
  return {
    type,
    ...(sender !== undefined && { sender }),
    ...(receiver !== undefined && { receiver }),
    ...(counter !== undefined && { counter }),
  };
}

function readLittle(bytes: Uint8Array, offset: number): number {
  const value = readU32(bytes, offset);
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

function writeLittle(bytes: Uint8Array, offset: number, value: number): void {
  const swapped = ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
  writeU32(bytes, offset, swapped >>> 0);
}
