import { readU16, readU24, writeU16, writeU24 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * Geneve header, RFC 8926 section 3.4; options follow it, then what the protocol type names.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---+-----------+-+-+-----------+-------------------------------+
 *   |ver| opt words |O|C| reserved  |         protocol type         |
 *   +---+-----------+-+-+-----------+---------------+---------------+
 *   |        virtual network identifier (VNI)       |   reserved    |
 *   +-----------------------------------------------+---------------+
 *   |  options, 4 bytes times opt words …
 */
export const GENEVE_HEADER_LENGTH = 8;
/** Protocol type of a whole Ethernet frame (Trans Ether Bridging). */
export const TRANS_ETHER_BRIDGING = 0x6558;

export interface GeneveFields {
  readonly vni: number;
  /** Whole words of 4 bytes. */
  readonly options: Uint8Array;
  /** An EtherType. */
  readonly protocolType: number;
}

/** A Geneve header read and written in place. */
export class GeneveView {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get version(): number {
    return (this.bytes[this.offset] ?? 0) >>> 6;
  }

  /** In bytes: a multiple of 4, at most 252. */
  get optionsLength(): number {
    return ((this.bytes[this.offset] ?? 0) & 0x3f) * 4;
  }
  set optionsLength(value: number) {
    this.bytes[this.offset] = (this.version << 6) | (value / 4);
  }

  /** An operator's packet, not a tenant's. */
  get control(): boolean {
    return ((this.bytes[this.offset + 1] ?? 0) & 0x80) !== 0;
  }

  /** At least one option must be understood. */
  get critical(): boolean {
    return ((this.bytes[this.offset + 1] ?? 0) & 0x40) !== 0;
  }

  get protocolType(): number {
    return readU16(this.bytes, this.offset + 2);
  }
  set protocolType(value: number) {
    writeU16(this.bytes, this.offset + 2, value);
  }

  get vni(): number {
    return readU24(this.bytes, this.offset + 4);
  }
  set vni(value: number) {
    writeU24(this.bytes, this.offset + 4, value);
  }

  get headerLength(): number {
    return GENEVE_HEADER_LENGTH + this.optionsLength;
  }

  /** Where the inner frame starts in `bytes`. */
  get payloadOffset(): number {
    return this.offset + this.headerLength;
  }
}

/** The header before a copy of what it carries. @throws WireError when the options are no whole words, or too many. */
export function emitGeneve({ vni, options, protocolType }: GeneveFields, inner?: Uint8Array): Uint8Array {
  if (options.length % 4 !== 0 || options.length > 252) {
    throw new WireError('Geneve', GENEVE_HEADER_LENGTH, `options of ${options.length} bytes`);
  }
  const bytes = new Uint8Array(GENEVE_HEADER_LENGTH + options.length + (inner?.length ?? 0));
  const view = new GeneveView(bytes);
  view.optionsLength = options.length;
  view.protocolType = protocolType;
  view.vni = vni;
  bytes.set(options, GENEVE_HEADER_LENGTH);
  if (inner) bytes.set(inner, view.payloadOffset);
  return bytes;
}

/** @throws WireError when header or options are cut, or the version is not 0. */
export function parseGeneve(bytes: Uint8Array, offset = 0): GeneveFields {
  requireBytes('Geneve', bytes, offset, GENEVE_HEADER_LENGTH);
  const view = new GeneveView(bytes, offset);
  const { vni, version, protocolType, payloadOffset, headerLength } = view;
  if (version !== 0) throw new WireError('Geneve', offset, `version ${version}`);
  requireBytes('Geneve', bytes, offset, headerLength);
  return { vni, protocolType, options: bytes.slice(offset + GENEVE_HEADER_LENGTH, payloadOffset) };
}
