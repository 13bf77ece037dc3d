import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { WireError } from './wireError.ts';

/*
 * TCP options, RFC 9293 section 3.2 (EOL, NOP, MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK).
 *
 *   +---+  +---+  +---+---+-------+   +---+---+-------+   +---+---+   +---+----+------------------+---+
 *   | 0 |  | 1 |  | 2 | 4 |  MSS  |   | 3 | 3 | shift |   | 4 | 2 |   | 5 | 2+8n | left, right edges … |
 *   +---+  +---+  +---+---+-------+   +---+---+-------+   +---+---+   +---+----+------------------+---+
 *    EOL    NOP    segment size        window scale        SACK ok     SACK blocks
 *   +---+----+-------------------+-------------------+
 *   | 8 | 10 |  value, 4 bytes   |  echo, 4 bytes    |   timestamps
 *   +---+----+-------------------+-------------------+
 */
export const TcpOptionCode = {
  endOfList: 0,
  nop: 1,
  mss: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
} as const;
export const TCP_OPTIONS_MAXIMUM_LENGTH = 40;

export interface SackBlock {
  readonly left: number;
  readonly right: number;
}

export type TcpOption =
  | { readonly kind: 'mss'; readonly value: number }
  | { readonly kind: 'sackPermitted' }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  | { readonly kind: 'windowScale'; readonly shift: number }
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlock[] }
  | { readonly kind: 'nop' }
  | { readonly kind: 'unknown'; readonly code: number; readonly data: Uint8Array };

/** What a segment's options say, before they are laid out. */
export interface TcpOptionValues {
  readonly mss?: number;
  readonly sackPermitted?: boolean;
  readonly timestamps?: { readonly value: number; readonly echo: number };
  readonly windowScale?: number;
  readonly sackBlocks?: readonly SackBlock[];
}

/** The options in the order and with the NOPs that Linux sends (net/ipv4/tcp_output.c, tcp_options_write). */
export function linuxTcpOptions(values: TcpOptionValues): TcpOption[] {
  const nop: TcpOption = { kind: 'nop' };
  const options: TcpOption[] = [];
  if (values.mss !== undefined) options.push({ kind: 'mss', value: values.mss });
  // SACK permitted takes the place of the two NOPs before the timestamps.
  if (values.sackPermitted) options.push(...(values.timestamps ? [] : [nop, nop]), { kind: 'sackPermitted' });
  else if (values.timestamps) options.push(nop, nop);
  if (values.timestamps) options.push({ kind: 'timestamps', ...values.timestamps });
  if (values.windowScale !== undefined) options.push(nop, { kind: 'windowScale', shift: values.windowScale });
  if (values.sackBlocks?.length) options.push(nop, nop, { kind: 'sack', blocks: values.sackBlocks });
  return options;
}

/** Bytes of one option on the wire. */
export function tcpOptionLength(option: TcpOption): number {
  switch (option.kind) {
    case 'nop':
      return 1;
    case 'mss':
      return 4;
    case 'sackPermitted':
      return 2;
    case 'timestamps':
      return 10;
    case 'windowScale':
      return 3;
    case 'sack':
      return 2 + 8 * option.blocks.length;
    case 'unknown':
      return 2 + option.data.length;
  }
}

/** Bytes of the options on the wire, padded to a multiple of 4. */
export function tcpOptionsLength(options: readonly TcpOption[]): number {
  let length = 0;
  for (const option of options) length += tcpOptionLength(option);
  return (length + 3) & ~3;
}

/** Writes the options in the order given at `offset`; the caller leaves zeros, ends of list, as padding. */
export function writeTcpOptions(options: readonly TcpOption[], bytes: Uint8Array, offset: number): void {
  let at = offset;
  for (const option of options) {
    const length = tcpOptionLength(option);
    if (option.kind === 'nop') bytes[at] = TcpOptionCode.nop;
    else {
      bytes[at] = option.kind === 'unknown' ? option.code : TcpOptionCode[option.kind];
      bytes[at + 1] = length;
      writeValue(option, bytes, at + 2);
    }
    at += length;
  }
}

function writeValue(option: TcpOption, bytes: Uint8Array, at: number): void {
  if (option.kind === 'mss') writeU16(bytes, at, option.value);
  else if (option.kind === 'windowScale') bytes[at] = option.shift;
  else if (option.kind === 'timestamps') {
    writeU32(bytes, at, option.value);
    writeU32(bytes, at + 4, option.echo);
  } else if (option.kind === 'sack') {
    option.blocks.forEach((block, i) => {
      writeU32(bytes, at + 8 * i, block.left);
      writeU32(bytes, at + 8 * i + 4, block.right);
    });
  } else if (option.kind === 'unknown') bytes.set(option.data, at);
}

/**
 * The options in `bytes[start, end)` up to the end of the list.
 * @throws WireError when an option runs past `end` or has an impossible length.
 */
export function parseTcpOptions(bytes: Uint8Array, start: number, end: number): TcpOption[] {
  const options: TcpOption[] = [];
  let at = start;
  while (at < end) {
    const code = bytes[at] ?? 0;
    if (code === TcpOptionCode.endOfList) break;
    if (code === TcpOptionCode.nop) {
      options.push({ kind: 'nop' });
      at += 1;
      continue;
    }
    const length = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
    if (length < 2 || at + length > end) throw new WireError('TCP', at, `option ${code} of length ${length}`);
    options.push(parseOption(code, bytes, at, length));
    at += length;
  }
  return options;
}

function parseOption(code: number, bytes: Uint8Array, at: number, length: number): TcpOption {
  if (code === TcpOptionCode.mss && length === 4) return { kind: 'mss', value: readU16(bytes, at + 2) };
  if (code === TcpOptionCode.sackPermitted && length === 2) return { kind: 'sackPermitted' };
  if (code === TcpOptionCode.windowScale && length === 3) return { kind: 'windowScale', shift: bytes[at + 2] ?? 0 };
  if (code === TcpOptionCode.timestamps && length === 10) {
    return { kind: 'timestamps', value: readU32(bytes, at + 2), echo: readU32(bytes, at + 6) };
  }
  if (code === TcpOptionCode.sack && length > 2 && length % 8 === 2) {
    const blocks = Array.from({ length: (length - 2) / 8 }, (_, i) => ({
      left: readU32(bytes, at + 2 + 8 * i),
      right: readU32(bytes, at + 6 + 8 * i),
    }));
    return { kind: 'sack', blocks };
  }
  return { kind: 'unknown', code, data: bytes.slice(at + 2, at + length) };
}
