import type { IpAddress } from './address.ts';
import { familyOf, ipv4FromNumber, ipv4ToNumber, parseIpAddress } from './address.ts';
import { parseDnsName, writeDnsName } from './dnsName.ts';
import { readU16, readU32 } from './octets.ts';
import { requireBytes, WireError } from './wireError.ts';

/*
 * Resource records, RFC 1035 section 3.2.1; the data of SRV as RFC 2782, of AAAA as RFC 3596.
 *
 *   +------+------+-------+-----+------------+------+
 *   | name | type | class | TTL | length n   | data |
 *   +------+------+-------+-----+------------+------+
 *     1…255   2      2       4        2         n      bytes
 */
export const DnsType = { a: 1, ns: 2, cname: 5, soa: 6, ptr: 12, txt: 16, aaaa: 28, srv: 33, opt: 41 } as const;
export const DNS_CLASS_INTERNET = 1;

/** A zone's start of authority, which a negative answer carries (RFC 2308). Times in seconds. */
export interface DnsStartOfAuthority {
  readonly primary: string;
  readonly mailbox: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** One record; which of the optional members is there follows from the type, `data` standing for types unknown here. */
export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  /** {@link DNS_CLASS_INTERNET} when absent. */
  readonly class?: number;
  /** Seconds. */
  readonly ttl: number;
  /** A, AAAA. */
  readonly address?: IpAddress;
  /** CNAME, PTR, NS, SRV: a name. */
  readonly target?: string;
  /** SRV. */
  readonly priority?: number;
  readonly weight?: number;
  readonly port?: number;
  readonly soa?: DnsStartOfAuthority;
  /** Anything else, as it stands. */
  readonly data?: Uint8Array;
}

export interface ParsedRecord {
  readonly record: DnsRecord;
  readonly end: number;
}

/** Appends the record to the message `out`. @throws WireError when a member that its type needs is missing. */
export function writeDnsRecord(record: DnsRecord, out: number[], known?: Map<string, number>): void {
  writeDnsName(record.name, out, known);
  pushU16(out, record.type);
  pushU16(out, record.class ?? DNS_CLASS_INTERNET);
  pushU32(out, record.ttl);
  const lengthAt = out.length;
  pushU16(out, 0);
  writeData(record, out, known);
  const length = out.length - lengthAt - 2;
  out[lengthAt] = length >>> 8;
  out[lengthAt + 1] = length & 0xff;
}

function writeData(record: DnsRecord, out: number[], known: Map<string, number> | undefined): void {
  const { type, address, target, soa } = record;
  if ((type === DnsType.a || type === DnsType.aaaa) && address !== undefined) {
    if ((familyOf(address) === 'IPv4') !== (type === DnsType.a)) throw unfit(record, out);
    if (type === DnsType.a) pushU32(out, ipv4ToNumber(address));
    else for (const group of ipv6Groups(address)) pushU16(out, group);
  } else if ((type === DnsType.cname || type === DnsType.ptr || type === DnsType.ns) && target !== undefined) {
    writeDnsName(target, out, known);
  } else if (type === DnsType.srv && target !== undefined) {
    pushU16(out, record.priority ?? 0);
    pushU16(out, record.weight ?? 0);
    pushU16(out, record.port ?? 0);
    // RFC 2782 forbids compressing the target.
    writeDnsName(target, out);
  } else if (type === DnsType.soa && soa) {
    writeDnsName(soa.primary, out, known);
    writeDnsName(soa.mailbox, out, known);
    for (const value of [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum]) pushU32(out, value);
  } else if (record.data) {
    for (const byte of record.data) out.push(byte);
  } else throw unfit(record, out);
}

function unfit(record: DnsRecord, out: number[]): WireError {
  return new WireError('DNS', out.length, `record "${record.name}" lacks the data of its type ${record.type}`);
}

/** Reads the record at `at` of the message that starts at `start`. @throws WireError when it is cut or malformed. */
export function parseDnsRecord(bytes: Uint8Array, at: number, start: number): ParsedRecord {
  const { name, end: fixed } = parseDnsName(bytes, at, start);
  requireBytes('DNS', bytes, fixed, 10);
  const head = { name, type: readU16(bytes, fixed), class: readU16(bytes, fixed + 2), ttl: readU32(bytes, fixed + 4) };
  const dataAt = fixed + 10;
  const length = readU16(bytes, fixed + 8);
  requireBytes('DNS', bytes, dataAt, length);
  const end = dataAt + length;
  return { record: { ...head, ...parseData(head.type, bytes.subarray(0, end), dataAt, start) }, end };
}

/** @param bytes the message, ending where the record's data does. */
function parseData(type: number, bytes: Uint8Array, at: number, start: number): Partial<DnsRecord> {
  const length = bytes.length - at;
  if (type === DnsType.a && length === 4) return { address: ipv4FromNumber(readU32(bytes, at)) };
  if (type === DnsType.aaaa && length === 16) return { address: ipv6At(bytes, at) };
  if (type === DnsType.cname || type === DnsType.ptr || type === DnsType.ns) {
    return { target: nameToEnd(bytes, at, start) };
  }
  if (type === DnsType.srv) {
    requireBytes('DNS', bytes, at, 6);
    const [priority, weight, port] = [readU16(bytes, at), readU16(bytes, at + 2), readU16(bytes, at + 4)];
    return { priority, weight, port, target: nameToEnd(bytes, at + 6, start) };
  }
  if (type === DnsType.soa) return { soa: parseSoa(bytes, at, start) };
  return { data: bytes.slice(at) };
}

function nameToEnd(bytes: Uint8Array, at: number, start: number): string {
  const { name, end } = parseDnsName(bytes, at, start);
  if (end !== bytes.length) throw new WireError('DNS', end, 'record data goes on after its name');
  return name;
}

function parseSoa(bytes: Uint8Array, at: number, start: number): DnsStartOfAuthority {
  const primary = parseDnsName(bytes, at, start);
  const mailbox = parseDnsName(bytes, primary.end, start);
  const i = mailbox.end;
  if (bytes.length - i !== 20) throw new WireError('DNS', i, 'SOA without exactly five numbers');
  return {
    primary: primary.name,
    mailbox: mailbox.name,
    serial: readU32(bytes, i),
    refresh: readU32(bytes, i + 4),
    retry: readU32(bytes, i + 8),
    expire: readU32(bytes, i + 12),
    minimum: readU32(bytes, i + 16),
  };
}

function ipv6At(bytes: Uint8Array, at: number): IpAddress {
  const groups = Array.from({ length: 8 }, (_, i) => readU16(bytes, at + 2 * i).toString(16));
  const address = parseIpAddress(groups.join(':'));
  if (address === undefined) throw new WireError('DNS', at, 'unreadable IPv6 address');
  return address;
}

/** The eight groups of a canonical IPv6 address, whose one `::` stands for the missing ones. */
function ipv6Groups(address: IpAddress): number[] {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  if (tail === undefined) return before;
  const after = groups(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

export function pushU16(out: number[], value: number): void {
  out.push((value >>> 8) & 0xff, value & 0xff);
}

function pushU32(out: number[], value: number): void {
  pushU16(out, value >>> 16);
  pushU16(out, value);
}
