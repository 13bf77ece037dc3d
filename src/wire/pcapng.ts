import { WireError } from './wireError.ts';

/*
 * pcapng, draft-ietf-opsawg-pcapng sections 3 and 4: blocks of
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *   |                          block type                           |
 *   +---------------------------------------------------------------+
 *   |                      block total length                       |
 *   +---------------------------------------------------------------+
 *   |  body, then options of (code 16, length 16, value), each part padded to 4 bytes …
 *   +---------------------------------------------------------------+
 *   |                      block total length                       |
 *   +---------------------------------------------------------------+
 *
 * Written: one section header, one interface description each, one enhanced packet each, little endian.
 */
export const LinkType = { ethernet: 1, rawIp: 101 } as const;
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const TWO_32 = 0x1_0000_0000;
const Option = {
  end: 0,
  comment: 1,
  name: 2,
  description: 3,
  timeResolution: 9,
  packetFlags: 2,
  application: 4,
} as const;

export interface PcapngInterface {
  readonly name: string;
  /** A {@link LinkType}. */
  readonly linkType: number;
  /** In bytes; the format has no field for it, so it is kept as the description `mtu N`. */
  readonly mtu?: number;
}

export interface PcapngPacket {
  /** Index into the interfaces. */
  readonly interface: number;
  /** Since the epoch; above 2^53 not exact. */
  readonly timeNanoseconds: number;
  readonly bytes: Uint8Array;
  readonly direction?: 'in' | 'out';
  readonly comment?: string;
}

export interface Pcapng {
  readonly interfaces: readonly PcapngInterface[];
  readonly packets: readonly PcapngPacket[];
}

type OptionValue = readonly [code: number, value: Uint8Array];

/** A capture file that Wireshark opens. @throws WireError when a packet names an interface that is not there. */
export function emitPcapng(capture: Pcapng): Uint8Array {
  const blocks = [sectionHeader(), ...capture.interfaces.map(interfaceDescription)];
  capture.packets.forEach((packet, index) => {
    if (capture.interfaces[packet.interface] === undefined) {
      throw new WireError('pcapng', 0, `packet ${index} names interface ${packet.interface}`);
    }
    blocks.push(enhancedPacket(packet));
  });
  const file = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    file.set(block, at);
    at += block.length;
  }
  return file;
}

function sectionHeader(): Uint8Array {
  return block(SECTION_HEADER, 16, [[Option.application, utf8('Hopscope')]], (view) => {
    view.setUint32(0, BYTE_ORDER_MAGIC, true);
    view.setUint16(4, 1, true);
    view.setUint32(8, 0xffffffff, true);
    view.setUint32(12, 0xffffffff, true);
  });
}

function interfaceDescription({ name, linkType, mtu }: PcapngInterface): Uint8Array {
  const options: OptionValue[] = [[Option.name, utf8(name)]];
  if (mtu !== undefined) options.push([Option.description, utf8(`mtu ${mtu}`)]);
  options.push([Option.timeResolution, Uint8Array.of(9)]);
  return block(INTERFACE_DESCRIPTION, 8, options, (view) => view.setUint16(0, linkType, true));
}

function enhancedPacket(packet: PcapngPacket): Uint8Array {
  const { bytes, direction, comment } = packet;
  const options: OptionValue[] = [];
  if (comment !== undefined) options.push([Option.comment, utf8(comment)]);
  if (direction) options.push([Option.packetFlags, Uint8Array.of(direction === 'in' ? 1 : 2, 0, 0, 0)]);
  return block(ENHANCED_PACKET, 20 + padded(bytes.length), options, (view, body) => {
    const time = Math.round(packet.timeNanoseconds);
    view.setUint32(0, packet.interface, true);
    view.setUint32(4, Math.floor(time / TWO_32), true);
    view.setUint32(8, time % TWO_32, true);
    view.setUint32(12, bytes.length, true);
    view.setUint32(16, bytes.length, true);
    body.set(bytes, 20);
  });
}

function block(
  type: number,
  bodyLength: number,
  options: readonly OptionValue[],
  fill: (view: DataView, body: Uint8Array) => void,
): Uint8Array {
  const optionsLength = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 0);
  const total = 12 + bodyLength + (options.length > 0 ? optionsLength + 4 : 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  view.setUint32(total - 4, total, true);
  fill(new DataView(bytes.buffer, 8), bytes.subarray(8));
  let at = 8 + bodyLength;
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text).subarray(0, 0xffff);
}

interface ReadInterface extends PcapngInterface {
  readonly nanosecondsPerTick: number;
  readonly snapLength: number;
}

/**
 * Reads a capture of either byte order and any time resolution; blocks of other types are skipped, sections joined.
 * @throws WireError when the file is cut or its blocks contradict themselves.
 */
export function parsePcapng(bytes: Uint8Array): Pcapng {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const interfaces: ReadInterface[] = [];
  const packets: PcapngPacket[] = [];
  let littleEndian = true;
  let firstInterface = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 12) throw new WireError('pcapng', at, 'truncated block');
    const isSection = data.getUint32(at, true) === SECTION_HEADER;
    if (at === 0 && !isSection) throw new WireError('pcapng', 0, 'does not start with a section header');
    if (isSection) {
      littleEndian = byteOrder(data, at);
      firstInterface = interfaces.length;
    }
    const total = data.getUint32(at + 4, littleEndian);
    if (total < 12 || total % 4 !== 0 || total > bytes.length - at) {
      throw new WireError('pcapng', at + 4, `block length ${total}`);
    }
    if (data.getUint32(at + total - 4, littleEndian) !== total) {
      throw new WireError('pcapng', at + total - 4, 'the two block lengths differ');
    }
    const reader = new BlockReader(bytes.subarray(at + 8, at + total - 4), at + 8, littleEndian);
    const type = data.getUint32(at, littleEndian);
    if (type === INTERFACE_DESCRIPTION) interfaces.push(readInterface(reader));
    if (type === ENHANCED_PACKET) packets.push(readEnhancedPacket(reader, interfaces, firstInterface));
    if (type === SIMPLE_PACKET) packets.push(readSimplePacket(reader, interfaces, firstInterface));
    at += total;
  }
  if (bytes.length === 0) throw new WireError('pcapng', 0, 'empty file');
  const plain = interfaces.map(({ name, linkType, mtu }) => ({
    name,
    linkType,
    ...(mtu === undefined ? {} : { mtu }),
  }));
  return { interfaces: plain, packets };
}

function byteOrder(data: DataView, at: number): boolean {
  if (data.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) return true;
  if (data.getUint32(at + 8, false) === BYTE_ORDER_MAGIC) return false;
  throw new WireError('pcapng', at + 8, 'no byte-order magic');
}

/** The body of one block. */
class BlockReader {
  readonly body: Uint8Array;
  readonly #view: DataView;
  readonly #at: number;
  readonly #littleEndian: boolean;

  constructor(body: Uint8Array, at: number, littleEndian: boolean) {
    this.body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#at = at;
    this.#littleEndian = littleEndian;
  }

  u16(offset: number): number {
    this.need(offset, 2);
    return this.#view.getUint16(offset, this.#littleEndian);
  }

  u32(offset: number): number {
    this.need(offset, 4);
    return this.#view.getUint32(offset, this.#littleEndian);
  }

  need(offset: number, length: number): void {
    if (length > this.body.length - offset) throw new WireError('pcapng', this.#at + offset, 'truncated block body');
  }

  /** Options from `offset` to their end, the last of a code winning. */
  options(offset: number): Map<number, Uint8Array> {
    const options = new Map<number, Uint8Array>();
    for (let at = offset; at < this.body.length; ) {
      const code = this.u16(at);
      const length = this.u16(at + 2);
      if (code === Option.end) break;
      this.need(at + 4, length);
      options.set(code, this.body.subarray(at + 4, at + 4 + length));
      at += 4 + padded(length);
    }
    return options;
  }

  packetBytes(offset: number, length: number): Uint8Array {
    this.need(offset, length);
    return this.body.slice(offset, offset + length);
  }

  /** A 32-bit option value in the section's byte order. */
  optionU32(value: Uint8Array | undefined): number {
    if (value?.length !== 4) return 0;
    return new DataView(value.buffer, value.byteOffset, 4).getUint32(0, this.#littleEndian);
  }
}

function readInterface(reader: BlockReader): ReadInterface {
  const linkType = reader.u16(0);
  const snapLength = reader.u32(4);
  const options = reader.options(8);
  const name = text(options.get(Option.name));
  const mtu = /^mtu (\d{1,10})$/.exec(text(options.get(Option.description)))?.[1];
  const resolution = options.get(Option.timeResolution)?.[0] ?? 6;
  const perSecond = resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
  const common = { name, linkType, snapLength, nanosecondsPerTick: 1e9 / perSecond };
  return mtu === undefined ? common : { ...common, mtu: Number(mtu) };
}

function readEnhancedPacket(reader: BlockReader, interfaces: readonly ReadInterface[], first: number): PcapngPacket {
  const index = first + reader.u32(0);
  const owner = interfaces[index];
  if (!owner) throw new WireError('pcapng', 0, `packet of unknown interface ${index}`);
  const ticks = reader.u32(4) * TWO_32 + reader.u32(8);
  const length = reader.u32(12);
  const bytes = reader.packetBytes(20, length);
  const options = reader.options(20 + padded(length));
  const flags = reader.optionU32(options.get(Option.packetFlags)) & 3;
  const direction = flags === 1 ? 'in' : flags === 2 ? 'out' : undefined;
  const comment = options.get(Option.comment);
  return {
    interface: index,
    timeNanoseconds: owner.nanosecondsPerTick === 1 ? ticks : Math.round(ticks * owner.nanosecondsPerTick),
    bytes,
    ...(direction ? { direction } : {}),
    ...(comment ? { comment: text(comment) } : {}),
  };
}

function readSimplePacket(reader: BlockReader, interfaces: readonly ReadInterface[], first: number): PcapngPacket {
  const owner = interfaces[first];
  if (!owner) throw new WireError('pcapng', 0, 'packet before any interface');
  const length = Math.min(reader.u32(0), owner.snapLength || reader.body.length - 4);
  return { interface: first, timeNanoseconds: 0, bytes: reader.packetBytes(4, length) };
}

function text(value: Uint8Array | undefined): string {
  return value ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(value) : '';
}
