import type { Dissected, Part } from './layer.ts';
import { byteCount, FieldList, makeLayer, printable } from './layer.ts';

/*
 * HTTP/1.1 messages, RFC 9112 section 2.1: start line CRLF, field lines CRLF, an empty line, the body.
 */
const START = /^(?:HTTP\/1\.[01] |(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) \S)/;
const MAXIMUM_FIELDS = 100;
const CR = 13;
const LF = 10;

/** Whether the bytes begin a message; the rest of a body that goes on from an earlier segment does not. */
export function startsLikeHttp(bytes: Uint8Array, start: number, end: number): boolean {
  return START.test(printable(bytes, start, end, 16));
}

export function dissectHttp(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const list = new FieldList('http', offset, end);
  let at = lineEnd(bytes, offset, end);
  const startLine = printable(bytes, offset, textEnd(bytes, offset, at));
  list.add(startLine.startsWith('HTTP/') ? 'Status line' : 'Request line', 'startLine', 0, at - offset, startLine);
  for (let count = 0; at < end; count++) {
    const next = lineEnd(bytes, at, end);
    const last = textEnd(bytes, at, next);
    if (last === at) {
      list.add('End of header', 'endOfHeader', at - offset, next - at, 'empty line');
      at = next;
      break;
    }
    const colon = bytes.subarray(at, last).indexOf(0x3a);
    if (colon <= 0 || count === MAXIMUM_FIELDS) break;
    const name = printable(bytes, at, at + colon);
    const value = printable(bytes, at + colon + 1, last).trim();
    list.add(name, `header.${name.toLowerCase()}`, at - offset, next - at, value);
    at = next;
  }
  if (at < end) list.add('Body', 'body', at - offset, end - at, printable(bytes, at, end));
  const body = at < end ? `, body of ${byteCount(end - at)}` : '';
  const layer = makeLayer('HTTP', part, { headerLength: end - offset, end }, `${startLine}${body}`, list.fields);
  return { layer, rest: [] };
}

/** Where the line that starts at `at` ends, its line break included. */
function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  const feed = bytes.indexOf(LF, at);
  return feed < 0 || feed >= end ? end : feed + 1;
}

/** Where the text of the line `[at, end)` ends, before its line break. */
function textEnd(bytes: Uint8Array, at: number, end: number): number {
  let last = end;
  if (last > at && bytes[last - 1] === LF) last -= 1;
  if (last > at && bytes[last - 1] === CR) last -= 1;
  return last;
}
