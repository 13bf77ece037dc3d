import { ICMPV4_HEADER_LENGTH, Icmpv4Type, Icmpv4View, isIcmpError, parseIcmpv4, UnreachableCode } from '../icmpv4.ts';
import { transportChecksumText } from './ipv4.ts';
import type { Dissected, Part } from './layer.ts';
import { FieldList, hex, makeLayer, named } from './layer.ts';

const TYPE_NAMES = new Map<number, string>([
  [Icmpv4Type.echoReply, 'Echo reply'],
  [Icmpv4Type.destinationUnreachable, 'Destination unreachable'],
  [Icmpv4Type.redirect, 'Redirect'],
  [Icmpv4Type.echoRequest, 'Echo request'],
  [Icmpv4Type.timeExceeded, 'Time exceeded'],
  [Icmpv4Type.parameterProblem, 'Parameter problem'],
]);
const UNREACHABLE_NAMES = new Map<number, string>([
  [UnreachableCode.net, 'network unreachable'],
  [UnreachableCode.host, 'host unreachable'],
  [UnreachableCode.protocol, 'protocol unreachable'],
  [UnreachableCode.port, 'port unreachable'],
  [UnreachableCode.fragmentationNeeded, 'fragmentation needed'],
  [UnreachableCode.netProhibited, 'network prohibited'],
  [UnreachableCode.hostProhibited, 'host prohibited'],
  [UnreachableCode.administrativelyProhibited, 'administratively prohibited'],
]);
const TIME_NAMES = new Map<number, string>([
  [0, 'TTL expired in transit'],
  [1, 'reassembly took too long'],
]);

export function dissectIcmp(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const icmp = parseIcmpv4(bytes.subarray(0, end), offset);
  const { type, code } = icmp;
  const codes = type === 3 ? UNREACHABLE_NAMES : type === 11 ? TIME_NAMES : undefined;
  const codeName = codes?.get(code);
  const isEcho = type === Icmpv4Type.echoRequest || type === Icmpv4Type.echoReply;
  const tooBig = type === Icmpv4Type.destinationUnreachable && code === UnreachableCode.fragmentationNeeded;
  const list = new FieldList('icmp', offset, end);
  list.add('Type', 'type', 0, 1, named(type, TYPE_NAMES.get(type)));
  list.add('Code', 'code', 1, 1, named(code, codeName));
  list.add('Checksum', 'checksum', 2, 2, transportChecksumText(new Icmpv4View(bytes, offset).checksum, part));
  let detail = '';
  if (isEcho) {
    list.add('Identifier', 'identifier', 4, 2, `${icmp.identifier} (${hex(icmp.identifier, 4)})`);
    list.add('Sequence', 'sequence', 6, 2, icmp.sequence);
    detail = `, identifier ${icmp.identifier}, sequence ${icmp.sequence}`;
  } else if (tooBig) {
    list.add('Unused', 'unused', 4, 2, hex(icmp.identifier, 4));
    list.add('Next-hop MTU', 'nextHopMtu', 6, 2, icmp.nextHopMtu);
    detail = `, next-hop MTU ${icmp.nextHopMtu}`;
  } else if (type === Icmpv4Type.redirect) {
    list.add('Gateway', 'gateway', 4, 4, icmp.gateway);
    detail = ` to ${icmp.gateway}`;
  } else list.add('Unused', 'unused', 4, 4, hex(icmp.identifier * 0x10000 + icmp.sequence, 8));
  const summary = `${TYPE_NAMES.get(type) ?? `Type ${type}`}${codeName ? `: ${codeName}` : ''}${detail}`;
  const headerLength = ICMPV4_HEADER_LENGTH;
  const layer = makeLayer('ICMP', part, { headerLength, end }, summary, list.fields);
  const body = { ...part, offset: offset + headerLength };
  if (!isIcmpError(type)) return { layer, rest: [{ protocol: 'Data', part: body }] };
  return { layer, rest: [{ protocol: 'IPv4', part: { ...body, quoted: true, cut: true } }] };
}
