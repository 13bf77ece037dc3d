import { readU16, readU32 } from '../octets.ts';
import { SCTP_HEADER_LENGTH, sctpChecksum, sctpChecksumValid } from '../sctp.ts';
import {
  readData,
  readInit,
  SCTP_CHUNK_HEADER_LENGTH,
  SCTP_DATA_HEADER_LENGTH,
  type SctpChunk,
  SctpChunkType,
  sctpChunkName,
} from '../sctpChunk.ts';
import { WireError } from '../wireError.ts';
import type { Dissected, Part, Pending } from './layer.ts';
import { byteCount, FieldList, hex, makeLayer } from './layer.ts';

/** The common header and every chunk, but for what the last one's DATA carries. */
export function dissectSctp(part: Part): Dissected {
  const { bytes, offset, end } = part;
  if (end - offset < 8) throw new WireError('SCTP', offset, 'the header is too short');
  const list = new FieldList('sctp', offset, end);
  const [sourcePort, destinationPort] = [readU16(bytes, offset), readU16(bytes, offset + 2)];
  list.add('Source port', 'sourcePort', 0, 2, sourcePort);
  list.add('Destination port', 'destinationPort', 2, 2, destinationPort);
  list.add('Verification tag', 'verificationTag', 4, 4, hex(readU32(bytes, offset + 4), 8));
  const ports = `${sourcePort} → ${destinationPort}`;
  if (end - offset < SCTP_HEADER_LENGTH) {
    const note = `only the first ${byteCount(end - offset)} of the header are here`;
    const layer = makeLayer('SCTP', part, { headerLength: 8, end }, ports, list.fields, note);
    return { layer, rest: [{ protocol: 'Data', part: { ...part, offset: offset + 8 }, note: 'cut header' }] };
  }
  list.add('Checksum', 'checksum', 8, 4, checksumText(part));
  const names: string[] = [];
  let at = SCTP_HEADER_LENGTH;
  while (offset + at + SCTP_CHUNK_HEADER_LENGTH <= end) {
    const length = readU16(bytes, offset + at + 2);
    const padded = Math.min((length + 3) & ~3, end - offset - at);
    if (length < SCTP_CHUNK_HEADER_LENGTH || offset + at + length > end) break;
    const chunk: SctpChunk = {
      type: bytes[offset + at] ?? 0,
      flags: bytes[offset + at + 1] ?? 0,
      value: bytes.slice(offset + at + SCTP_CHUNK_HEADER_LENGTH, offset + at + length),
    };
    names.push(sctpChunkName(chunk.type));
    const isLastData = chunk.type === SctpChunkType.data && offset + at + padded >= end;
    const shown = isLastData ? Math.min(SCTP_DATA_HEADER_LENGTH, padded) : padded;
    list.add(sctpChunkName(chunk.type), `chunk.${chunk.type}`, at, shown, chunkText(chunk));
    at += shown;
    if (isLastData) break;
  }
  const rest: Pending = { protocol: 'Data', part: { ...part, offset: offset + at } };
  const summary = `${ports} ${names.join(', ')}`.trim();
  return { layer: makeLayer('SCTP', part, { headerLength: at, end }, summary, list.fields), rest: [rest] };
}

function chunkText(chunk: SctpChunk): string {
  const init = chunk.type === SctpChunkType.init || chunk.type === SctpChunkType.initAck ? readInit(chunk) : undefined;
  if (init) {
    const cookie = init.cookie ? `, cookie of ${byteCount(init.cookie.length)}` : '';
    return `tag ${hex(init.tag, 8)}, TSN ${init.tsn}, window ${init.window}${cookie}`;
  }
  const data = chunk.type === SctpChunkType.data ? readData(chunk) : undefined;
  if (data) {
    const piece =
      data.begins && data.ends ? '' : data.begins ? ', first piece' : data.ends ? ', last piece' : ', piece';
    return `TSN ${data.tsn}, ${byteCount(data.bytes.length)}${piece}`;
  }
  const acknowledges = chunk.type === SctpChunkType.sack || chunk.type === SctpChunkType.shutdown;
  if (acknowledges && chunk.value.length >= 4) return `up to TSN ${readU32(chunk.value, 0)}`;
  return chunk.value.length === 0 ? 'nothing more' : byteCount(chunk.value.length);
}

function checksumText({ bytes, offset, end, cut }: Part): string {
  const carried = hex(sctpChecksum(bytes, offset), 8);
  if (cut) return `${carried} (not checked: bytes are missing)`;
  return `${carried} (${sctpChecksumValid(bytes, offset, end) ? 'correct' : 'wrong'})`;
}
