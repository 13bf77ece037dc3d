import { transportChecksum } from '../checksum.ts';
import { IPV4_HEADER_LENGTH, IpProtocol, Ipv4View, parseIpv4 } from '../ipv4.ts';
import type { Dissected, LayerProtocol, Part, Pending } from './layer.ts';
import { byteCount, FieldList, hex, makeLayer, named, printable, yesNo } from './layer.ts';

const PROTOCOL_NAMES = new Map<number, string>([
  [IpProtocol.icmp, 'ICMP'],
  [IpProtocol.ipip, 'IPIP'],
  [IpProtocol.tcp, 'TCP'],
  [IpProtocol.udp, 'UDP'],
  [IpProtocol.sctp, 'SCTP'],
  [47, 'GRE'],
  [50, 'ESP'],
]);
const ECN_NAMES = ['Not-ECT', 'ECT(1)', 'ECT(0)', 'CE'];

export function dissectIpv4(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const fields = parseIpv4(bytes.subarray(0, end), offset);
  const view = new Ipv4View(bytes, offset);
  const { headerLength, totalLength } = view;
  const packetEnd = Math.min(end, offset + totalLength);
  const cut = part.cut || offset + totalLength > end;
  const protocolName = PROTOCOL_NAMES.get(fields.protocol);
  const later = view.fragmentOffset > 0 ? `, fragment at byte ${view.fragmentOffset}` : '';
  const first = later === '' && view.moreFragments ? ', first fragment' : '';
  const summary = `${fields.source} → ${fields.destination} ${protocolName ?? `protocol ${fields.protocol}`}, TTL ${fields.ttl}${later}${first}`;
  const missing = offset + totalLength - end;
  const note =
    missing > 0 ? `only ${totalLength - missing} of the packet's ${byteCount(totalLength)} are here` : undefined;
  const sizes = { headerLength, end: packetEnd };
  const layer = makeLayer('IPv4', part, sizes, summary, ipv4Fields(view, protocolName, end), note);
  const inside = { ...part, offset: offset + headerLength, end: packetEnd };
  const rest: Pending[] = [payload(view, protocolName, { ...inside, cut: cut || view.moreFragments })];
  rest.push({ protocol: 'Data', part: { ...part, offset: packetEnd }, note: 'padding' });
  return { layer, rest };
}

function payload(view: Ipv4View, name: string | undefined, part: Part): Pending {
  if (view.fragmentOffset > 0) {
    return { protocol: 'Data', part, note: `later fragment: bytes of the payload from ${view.fragmentOffset} on` };
  }
  if (view.protocol === IpProtocol.ipip) return { protocol: 'IPv4', part: { ...part, depth: part.depth + 1 } };
  const protocols = new Map<number, LayerProtocol>([
    [IpProtocol.icmp, 'ICMP'],
    [IpProtocol.tcp, 'TCP'],
    [IpProtocol.udp, 'UDP'],
    [IpProtocol.sctp, 'SCTP'],
  ]);
  const protocol = protocols.get(view.protocol);
  if (protocol) return { protocol, part: { ...part, packetOffset: view.offset } };
  return { protocol: 'Data', part, note: `IP protocol ${named(view.protocol, name)} is not taken apart` };
}

function ipv4Fields(view: Ipv4View, protocolName: string | undefined, end: number): FieldList['fields'] {
  const { bytes, offset, headerLength, tos } = view;
  const list = new FieldList('ipv4', offset, end);
  list.bits('Version', 'version', 0, 0, 4, view.version);
  list.bits('Header length', 'headerLength', 0, 4, 4, byteCount(headerLength));
  list.bits('DSCP', 'dscp', 1, 0, 6, dscpText(tos >>> 2));
  list.bits('ECN', 'ecn', 1, 6, 2, named(tos & 3, ECN_NAMES[tos & 3]));
  list.add('Total length', 'totalLength', 2, 2, byteCount(view.totalLength));
  list.add('Identification', 'identification', 4, 2, `${view.identification} (${hex(view.identification, 4)})`);
  list.bits('Reserved', 'reserved', 6, 0, 1, (bytes[offset + 6] ?? 0) >>> 7);
  list.bits("Don't fragment", 'dontFragment', 6, 1, 1, yesNo(view.dontFragment));
  list.bits('More fragments', 'moreFragments', 6, 2, 1, yesNo(view.moreFragments));
  list.bits('Fragment offset', 'fragmentOffset', 6, 3, 13, byteCount(view.fragmentOffset));
  list.add('TTL', 'ttl', 8, 1, view.ttl);
  list.add('Protocol', 'protocol', 9, 1, named(view.protocol, protocolName));
  list.add('Header checksum', 'headerChecksum', 10, 2, headerChecksumText(view));
  list.add('Source', 'source', 12, 4, view.source);
  list.add('Destination', 'destination', 16, 4, view.destination);
  if (headerLength > IPV4_HEADER_LENGTH) {
    const length = headerLength - IPV4_HEADER_LENGTH;
    const text = printable(bytes, offset + IPV4_HEADER_LENGTH, offset + headerLength);
    list.add('Options', 'options', IPV4_HEADER_LENGTH, length, text);
  }
  return list.fields;
}

function dscpText(dscp: number): string {
  return named(dscp, dscp === 46 ? 'EF' : dscp % 8 === 0 ? `CS${dscp / 8}` : undefined);
}

function headerChecksumText(view: Ipv4View): string {
  const carried = hex(view.headerChecksum, 4);
  return `${carried} (${view.checksumValid() ? 'correct' : 'wrong'})`;
}

/** A transport checksum for reading, judged where the whole packet is there to be summed. */
export function transportChecksumText(carried: number, part: Part): string {
  const expected =
    part.cut || part.packetOffset === undefined ? undefined : transportChecksum(part.bytes, part.packetOffset);
  if (expected === undefined) return `${hex(carried, 4)} (not checked: bytes are missing)`;
  // All ones and all zeros are the same sum; only UDP distinguishes them.
  const right = carried === expected || (carried % 0xffff === 0 && expected % 0xffff === 0);
  return `${hex(carried, 4)} (${right ? 'correct' : `wrong, should be ${hex(expected, 4)}`})`;
}
