import { readU16 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * Domain names, RFC 1035 sections 3.1 and 4.1.4: labels, each behind its length, up to the empty label of the root.
 * A length byte with both top bits set is, with the byte after it, a pointer to where the rest stands in the message.
 *
 *   +---+-----------+---+-----------+---+      +--+--------------+
 *   | 3 | w  w  w   | 3 | s  v  c   | 0 |  or  |11| offset, 14 b |
 *   +---+-----------+---+-----------+---+      +--+--------------+
 *
 * In text the root is `.` and other names have no dot at their end; bytes that would mislead are `\DDD` (section 5.1).
 */
const MAXIMUM_NAME = 255;
const MAXIMUM_LABEL = 63;
const POINTER = 0xc0;

export interface ParsedName {
  readonly name: string;
  /** Where reading goes on after the name. */
  readonly end: number;
}

/**
 * Reads the name at `at` of the message that starts at `start`. Pointers must lead backwards, so reading ends.
 * @throws WireError on a cut or overlong name, or a pointer that does not lead backwards.
 */
export function parseDnsName(bytes: Uint8Array, at: number, start: number): ParsedName {
  const labels: string[] = [];
  let position = at;
  let segmentStart = at;
  let end = -1;
  let wireLength = 1;
  for (;;) {
    requireBytes('DNS', bytes, position, 1);
    const length = bytes[position]!;
    if (length >= POINTER) {
      requireBytes('DNS', bytes, position, 2);
      const target = start + (readU16(bytes, position) & 0x3fff);
      if (target >= segmentStart) throw new WireError('DNS', position, 'compression pointer does not lead backwards');
      if (end < 0) end = position + 2;
      position = target;
      segmentStart = target;
    } else if (length > MAXIMUM_LABEL) {
      throw new WireError('DNS', position, `label of unknown type ${length >>> 6}`);
    } else if (length === 0) {
      return { name: labels.length === 0 ? '.' : labels.join('.'), end: end < 0 ? position + 1 : end };
    } else {
      requireBytes('DNS', bytes, position, 1 + length);
      wireLength += 1 + length;
      if (wireLength > MAXIMUM_NAME) throw new WireError('DNS', position, 'name of more than 255 bytes');
      labels.push(labelText(bytes, position + 1, length));
      position += 1 + length;
    }
  }
}

function labelText(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i]!;
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}

/**
 * Appends the name to `out`, a message that starts at index 0. A dot at the end of the text makes no difference.
 * @param known where names were written before; given, the name's longest known tail becomes a pointer to it.
 * @throws WireError when a label is empty or longer than 63 bytes, or the name longer than 255.
 */
export function writeDnsName(name: string, out: number[], known?: Map<string, number>): void {
  const labels = name === '.' || name === '' ? [] : splitLabels(name);
  const length = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  if (length > MAXIMUM_NAME) throw new WireError('DNS', out.length, `name of ${length} bytes`);
  for (let i = 0; i < labels.length; i++) {
    const tail = labels.slice(i).join('/');
    const at = known?.get(tail);
    if (at !== undefined) {
      out.push(POINTER | (at >>> 8), at & 0xff);
      return;
    }
    if (out.length < 0x4000) known?.set(tail, out.length);
    const label = labels[i]!;
    out.push(label.length, ...label);
  }
  out.push(0);
}

function splitLabels(name: string): number[][] {
  const labels: number[][] = [[]];
  for (let i = 0; i < name.length; i++) {
    let code = name.charCodeAt(i);
    if (code === 0x2e) {
      labels.push([]);
      continue;
    }
    if (code === 0x5c) {
      const digits = /^\d{3}/.exec(name.slice(i + 1, i + 4))?.[0];
      code = digits === undefined ? name.charCodeAt(i + 1) : Number(digits);
      i += digits === undefined ? 1 : 3;
    }
    if (!(code < 256)) throw new WireError('DNS', 0, `"${name}" has a character that is no byte`);
    labels.at(-1)!.push(code);
  }
  if (labels.at(-1)!.length === 0) labels.pop();
  for (const label of labels) {
    if (label.length === 0) throw new WireError('DNS', 0, `empty label in "${name}"`);
    if (label.length > MAXIMUM_LABEL) throw new WireError('DNS', 0, `label of ${label.length} bytes in "${name}"`);
  }
  return labels;
}
