import type { DnsMessage } from '../dns.ts';
import { DNS_HEADER_LENGTH, DnsRcode, parseDns } from '../dns.ts';
import { parseDnsName } from '../dnsName.ts';
import type { DnsRecord } from '../dnsRecord.ts';
import { DnsType, parseDnsRecord } from '../dnsRecord.ts';
import { readU16 } from '../octets.ts';
import type { Dissected, Part } from './layer.ts';
import { byteCount, FieldList, hex, makeLayer, named, yesNo } from './layer.ts';

const TYPE_NAMES = new Map<number, string>(Object.entries(DnsType).map(([name, type]) => [type, name.toUpperCase()]));
const RCODE_NAMES = new Map<number, string>([
  [DnsRcode.noError, 'NOERROR'],
  [DnsRcode.formatError, 'FORMERR'],
  [DnsRcode.serverFailure, 'SERVFAIL'],
  [DnsRcode.nameError, 'NXDOMAIN'],
  [DnsRcode.notImplemented, 'NOTIMP'],
  [DnsRcode.refused, 'REFUSED'],
]);

export function dissectDns(part: Part): Dissected {
  const { offset, end } = part;
  const bytes = part.bytes.subarray(0, end);
  const message = parseDns(bytes, offset);
  const list = new FieldList('dns', offset, end);
  addHeader(list, message, bytes, offset);
  let at = offset + DNS_HEADER_LENGTH;
  for (const question of message.questions) {
    const next = parseDnsName(bytes, at, offset).end + 4;
    list.add('Question', 'question', at - offset, next - at, `${question.name} ${typeName(question.type)}`);
    at = next;
  }
  const sections = [
    ['Answer', 'answer', message.answers],
    ['Authority', 'authority', message.authorities ?? []],
    ['Additional', 'additional', message.additionals ?? []],
  ] as const;
  for (const [name, path, records] of sections) {
    for (const record of records) {
      const next = parseDnsRecord(bytes, at, offset).end;
      list.add(name, path, at - offset, next - at, recordText(record));
      at = next;
    }
  }
  const layer = makeLayer('DNS', part, { headerLength: at - offset, end: at }, summarize(message), list.fields);
  return { layer, rest: [{ protocol: 'Data', part: { ...part, offset: at }, note: 'after the end of the message' }] };
}

function addHeader(list: FieldList, message: DnsMessage, bytes: Uint8Array, offset: number): void {
  list.add('Identifier', 'id', 0, 2, hex(message.id, 4));
  list.bits('Response', 'response', 2, 0, 1, yesNo(message.response));
  list.bits('Opcode', 'opcode', 2, 1, 4, message.opcode ?? 0);
  list.bits('Authoritative', 'authoritative', 2, 5, 1, yesNo(message.authoritative));
  list.bits('Truncated', 'truncated', 2, 6, 1, yesNo(message.truncated === true));
  list.bits('Recursion desired', 'recursionDesired', 2, 7, 1, yesNo(message.recursionDesired));
  list.bits('Recursion available', 'recursionAvailable', 3, 0, 1, yesNo(message.recursionAvailable));
  list.bits('Reserved', 'reserved', 3, 1, 3, ((bytes[offset + 3] ?? 0) >>> 4) & 7);
  list.bits('Response code', 'rcode', 3, 4, 4, named(message.rcode, RCODE_NAMES.get(message.rcode)));
  list.add('Questions', 'questionCount', 4, 2, readU16(bytes, offset + 4));
  list.add('Answers', 'answerCount', 6, 2, readU16(bytes, offset + 6));
  list.add('Authorities', 'authorityCount', 8, 2, readU16(bytes, offset + 8));
  list.add('Additionals', 'additionalCount', 10, 2, readU16(bytes, offset + 10));
}

function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

function recordText(record: DnsRecord): string {
  const { soa, target, address, data } = record;
  const srv = record.type === DnsType.srv ? `${record.priority} ${record.weight} ${record.port} ` : '';
  const what = soa ? `${soa.primary} ${soa.mailbox}` : (address ?? target ?? byteCount(data?.length ?? 0));
  return `${record.name} ${typeName(record.type)} ${srv}${what}, TTL ${record.ttl}`;
}

function summarize(message: DnsMessage): string {
  const [question] = message.questions;
  const asked = question ? `${question.name} ${typeName(question.type)}` : 'no question';
  if (!message.response) return `Query ${asked}`;
  if (message.rcode !== DnsRcode.noError)
    return `${RCODE_NAMES.get(message.rcode) ?? `Code ${message.rcode}`} ${asked}`;
  const given = message.answers.map((answer) => answer.address ?? answer.target).filter((text) => text !== undefined);
  return `Answer ${asked}: ${given.length > 0 ? given.join(', ') : 'no records'}`;
}
