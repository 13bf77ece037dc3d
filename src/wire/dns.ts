import { parseDnsName, writeDnsName } from './dnsName.ts';
import type { DnsRecord } from './dnsRecord.ts';
import { DNS_CLASS_INTERNET, parseDnsRecord, pushU16, writeDnsRecord } from './dnsRecord.ts';
import { readU16 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

export type { DnsRecord } from './dnsRecord.ts';

/*
 * DNS messages, RFC 1035 section 4.1.
 *
 *    0                             1
 *    0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
 *   +-----------------------------------------------+
 *   |                  identifier                   |
 *   +--+-----------+--+--+--+--+--------+-----------+
 *   |QR|  opcode   |AA|TC|RD|RA|   Z    |   rcode   |
 *   +--+-----------+--+--+--+--+--------+-----------+
 *   |              number of questions              |
 *   +-----------------------------------------------+
 *   |              number of answers                |
 *   +-----------------------------------------------+
 *   |              number of authorities            |
 *   +-----------------------------------------------+
 *   |              number of additionals            |
 *   +-----------------------------------------------+
 *   |  questions, answers, authorities, additionals …
 */
export const DNS_HEADER_LENGTH = 12;
export const DnsRcode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;
/** Questions and records of one message that are read at most. */
const MAXIMUM_ENTRIES = 1000;

export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  /** The internet class, 1, when absent. */
  readonly class?: number;
}

export interface DnsMessage {
  readonly id: number;
  readonly response: boolean;
  readonly opcode?: number;
  readonly authoritative: boolean;
  readonly truncated?: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly rcode: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities?: readonly DnsRecord[];
  readonly additionals?: readonly DnsRecord[];
}

export interface DnsEmitOptions {
  /** Point to names written before. Off by default, as CoreDNS answers while an answer fits. */
  readonly compress?: boolean;
}

/** @throws WireError on a name that is too long or a record without its data. */
export function emitDns(message: DnsMessage, options: DnsEmitOptions = {}): Uint8Array {
  const { questions, answers, authorities = [], additionals = [] } = message;
  const known = options.compress ? new Map<string, number>() : undefined;
  const out: number[] = [];
  pushU16(out, message.id);
  pushU16(out, flagsOf(message));
  for (const section of [questions, answers, authorities, additionals]) pushU16(out, section.length);
  for (const question of questions) {
    writeDnsName(question.name, out, known);
    pushU16(out, question.type);
    pushU16(out, question.class ?? DNS_CLASS_INTERNET);
  }
  for (const record of [...answers, ...authorities, ...additionals]) writeDnsRecord(record, out, known);
  return Uint8Array.from(out);
}

function flagsOf(message: DnsMessage): number {
  return (
    (message.response ? 0x8000 : 0) |
    (((message.opcode ?? 0) & 15) << 11) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.recursionAvailable ? 0x0080 : 0) |
    (message.rcode & 15)
  );
}

/** Reads a message that fills `bytes` from `offset` on. @throws WireError when it is cut or malformed. */
export function parseDns(bytes: Uint8Array, offset = 0): DnsMessage {
  requireBytes('DNS', bytes, offset, DNS_HEADER_LENGTH);
  const count = (index: number): number => readU16(bytes, offset + 4 + 2 * index);
  if (count(0) + count(1) + count(2) + count(3) > MAXIMUM_ENTRIES) {
    throw new WireError('DNS', offset + 4, `more than ${MAXIMUM_ENTRIES} questions and records`);
  }
  let at = offset + DNS_HEADER_LENGTH;
  const questions: DnsQuestion[] = [];
  for (let i = 0; i < count(0); i++) {
    const { name, end } = parseDnsName(bytes, at, offset);
    requireBytes('DNS', bytes, end, 4);
    questions.push({ name, type: readU16(bytes, end), class: readU16(bytes, end + 2) });
    at = end + 4;
  }
  const records = (length: number): DnsRecord[] => {
    const section: DnsRecord[] = [];
    for (let i = 0; i < length; i++) {
      const { record, end } = parseDnsRecord(bytes, at, offset);
      section.push(record);
      at = end;
    }
    return section;
  };
  const flags = readU16(bytes, offset + 2);
  return {
    id: readU16(bytes, offset),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >>> 11) & 15,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    rcode: flags & 15,
    questions,
    answers: records(count(1)),
    authorities: records(count(2)),
    additionals: records(count(3)),
  };
}
