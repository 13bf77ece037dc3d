import { DNS_PORT } from '../ports.ts';

import { parseTcp, TCP_HEADER_LENGTH, TcpView, tcpFlagNames } from '../tcp.ts';
import type { TcpOption } from '../tcpOption.ts';
import { TcpOptionCode, tcpOptionLength } from '../tcpOption.ts';
import { parseUdp, UDP_HEADER_LENGTH, UdpView } from '../udp.ts';
import { startsLikeHttp } from './http.ts';
import { transportChecksumText } from './ipv4.ts';
import type { Dissected, LayerProtocol, Part, Pending } from './layer.ts';
import { byteCount, FieldList, hex, makeLayer } from './layer.ts';
import { tunnelOfPort } from './vxlan.ts';

/** What an ICMP error quotes of a segment at least: both ports and the sequence number (RFC 792). */
const QUOTED_TCP_LENGTH = 8;

export function dissectUdp(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const { sourcePort, destinationPort } = parseUdp(bytes.subarray(0, end), offset);
  const { length, checksum } = new UdpView(bytes, offset);
  const list = new FieldList('udp', offset, end);
  list.add('Source port', 'sourcePort', 0, 2, sourcePort);
  list.add('Destination port', 'destinationPort', 2, 2, destinationPort);
  list.add('Length', 'length', 4, 2, byteCount(length));
  list.add('Checksum', 'checksum', 6, 2, checksum === 0 ? '0x0000 (none)' : transportChecksumText(checksum, part));
  const missing = offset + length - end;
  const note = missing > 0 ? `only ${length - missing} of the datagram's ${byteCount(length)} are here` : undefined;
  const datagramEnd = Math.min(end, offset + length);
  const summary = `${sourcePort} → ${destinationPort}, ${byteCount(length - UDP_HEADER_LENGTH)}`;
  const sizes = { headerLength: UDP_HEADER_LENGTH, end: datagramEnd };
  const payload = { ...part, offset: offset + UDP_HEADER_LENGTH, end: datagramEnd, cut: part.cut || missing > 0 };
  const protocol = udpPayload(sourcePort, destinationPort);
  return {
    layer: makeLayer('UDP', part, sizes, summary, list.fields, note),
    rest: [
      { protocol, part: payload },
      { protocol: 'Data', part: { ...part, offset: datagramEnd }, note: 'after the end of the datagram' },
    ],
  };
}

function udpPayload(sourcePort: number, destinationPort: number): LayerProtocol {
  const tunnel = tunnelOfPort(destinationPort);
  if (tunnel) return tunnel;
  return sourcePort === DNS_PORT || destinationPort === DNS_PORT ? 'DNS' : 'Data';
}

export function dissectTcp(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const available = end - offset;
  if (part.cut && available >= QUOTED_TCP_LENGTH && available < TCP_HEADER_LENGTH) return dissectQuotedTcp(part);
  const tcp = parseTcp(bytes.subarray(0, end), offset);
  const headerLength = new TcpView(bytes, offset).dataOffset;
  const payloadAt = offset + headerLength;
  const list = tcpFields(part);
  addOptions(list, tcp.options, headerLength);
  const names = tcpFlagNames(tcp.flags);
  const size = end - payloadAt;
  const data = size > 0 ? `, ${byteCount(size)}` : '';
  const summary = `${tcp.sourcePort} → ${tcp.destinationPort} ${names || 'no flags'}${data}`;
  const layer = makeLayer('TCP', part, { headerLength, end }, summary, list.fields);
  const rest: Pending = {
    protocol: startsLikeHttp(bytes, payloadAt, end) ? 'HTTP' : 'Data',
    part: { ...part, offset: payloadAt },
  };
  return { layer, rest: [rest] };
}

function dissectQuotedTcp(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const { sourcePort, destinationPort } = new TcpView(bytes, offset);
  const { fields } = tcpFields(part);
  const last = fields.at(-1);
  const headerLength = last ? last.offset + last.length - offset : 0;
  const note = `only the first ${byteCount(end - offset)} of the header are here`;
  return {
    layer: makeLayer('TCP', part, { headerLength, end }, `${sourcePort} → ${destinationPort}`, fields, note),
    rest: [{ protocol: 'Data', part: { ...part, offset: offset + headerLength }, note: 'cut header' }],
  };
}

function tcpFields(part: Part): FieldList {
  const view = new TcpView(part.bytes, part.offset);
  const list = new FieldList('tcp', part.offset, part.end);
  list.add('Source port', 'sourcePort', 0, 2, view.sourcePort);
  list.add('Destination port', 'destinationPort', 2, 2, view.destinationPort);
  list.add('Sequence', 'sequence', 4, 4, view.sequence);
  list.add('Acknowledgement', 'acknowledgement', 8, 4, view.acknowledgement);
  list.bits('Header length', 'dataOffset', 12, 0, 4, byteCount(view.dataOffset));
  list.bits('Reserved', 'reserved', 12, 4, 4, (part.bytes[part.offset + 12] ?? 0) & 15);
  list.add('Flags', 'flags', 13, 1, tcpFlagNames(view.flags) || 'none');
  list.add('Window', 'window', 14, 2, view.window);
  list.add('Checksum', 'checksum', 16, 2, transportChecksumText(view.checksum, part));
  list.add('Urgent pointer', 'urgentPointer', 18, 2, view.urgentPointer);
  return list;
}

function addOptions(list: FieldList, options: readonly TcpOption[], headerLength: number): void {
  let at = TCP_HEADER_LENGTH;
  for (const option of options) {
    const length = tcpOptionLength(option);
    const { name, value } = optionText(option);
    list.add(name, `option.${option.kind}`, at, length, value);
    at += length;
  }
  if (at < headerLength) list.add('End of options', 'option.endOfList', at, headerLength - at, 'padding');
}

function optionText(option: TcpOption): { readonly name: string; readonly value: string } {
  switch (option.kind) {
    case 'mss':
      return { name: 'Maximum segment size', value: byteCount(option.value) };
    case 'sackPermitted':
      return { name: 'SACK permitted', value: 'yes' };
    case 'timestamps':
      return { name: 'Timestamps', value: `${option.value}, echo ${option.echo}` };
    case 'windowScale':
      return { name: 'Window scale', value: `${option.shift} (× ${2 ** option.shift})` };
    case 'sack':
      return { name: 'SACK', value: option.blocks.map(({ left, right }) => `${left}–${right}`).join(', ') };
    case 'nop':
      return { name: 'No operation', value: String(TcpOptionCode.nop) };
    case 'unknown':
      return { name: `Option ${option.code}`, value: Array.from(option.data, (byte) => hex(byte, 2)).join(' ') };
  }
}
