import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress, ipv4FromNumber } from './address.ts';
import type { DnsMessage, DnsRecord } from './dns.ts';
import { DnsRcode, emitDns, parseDns } from './dns.ts';
import { DnsType } from './dnsRecord.ts';
import { WireError } from './wireError.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9-]{0,20}[a-z0-9])?$/);
const name = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.')),
  fc.constant('.'),
);
const base = { name, class: fc.constant(1), ttl: u32 };
const groups = fc.array(fc.oneof(u16, fc.constant(0)), { minLength: 8, maxLength: 8 });
const record: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({ ...base, type: fc.constant<number>(DnsType.a), address: u32.map(ipv4FromNumber) }),
  fc.record({
    ...base,
    type: fc.constant<number>(DnsType.aaaa),
    address: groups.map((all) => ipAddress(all.map((group) => group.toString(16)).join(':'))),
  }),
  fc.record({ ...base, type: fc.constantFrom<number>(DnsType.cname, DnsType.ptr, DnsType.ns), target: name }),
  fc.record({
    ...base,
    type: fc.constant<number>(DnsType.srv),
    priority: u16,
    weight: u16,
    port: u16,
    target: name,
  }),
  fc.record({
    ...base,
    type: fc.constant<number>(DnsType.soa),
    soa: fc.record({
      primary: name,
      mailbox: name,
      serial: u32,
      refresh: u32,
      retry: u32,
      expire: u32,
      minimum: u32,
    }),
  }),
  fc.record({ ...base, type: fc.constant<number>(DnsType.txt), data: fc.uint8Array({ maxLength: 30 }) }),
);
const message: fc.Arbitrary<Required<DnsMessage>> = fc.record({
  id: u16,
  response: fc.boolean(),
  opcode: fc.integer({ min: 0, max: 15 }),
  authoritative: fc.boolean(),
  truncated: fc.boolean(),
  recursionDesired: fc.boolean(),
  recursionAvailable: fc.boolean(),
  rcode: fc.integer({ min: 0, max: 15 }),
  questions: fc.array(fc.record({ name, type: u16, class: u16 }), { maxLength: 3 }),
  answers: fc.array(record, { maxLength: 4 }),
  authorities: fc.array(record, { maxLength: 2 }),
  additionals: fc.array(record, { maxLength: 2 }),
});

const query: DnsMessage = {
  id: 0x1234,
  response: false,
  authoritative: false,
  recursionDesired: true,
  recursionAvailable: false,
  rcode: DnsRcode.noError,
  questions: [{ name: 'web.default.svc.cluster.local', type: DnsType.a }],
  answers: [],
};

describe('DNS messages', () => {
  it('survive the wire, compressed or not', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (value, compress) => {
        const bytes = emitDns(value, { compress });
        expect(parseDns(bytes)).toEqual(value);
        const larger = new Uint8Array(bytes.length + 5).fill(0xff);
        larger.set(bytes, 5);
        expect(parseDns(larger, 5)).toEqual(value);
      }),
    );
  });

  it('ask as a stub resolver does', () => {
    expect(Buffer.from(emitDns(query)).toString('hex')).toBe(
      '123401000001000000000000' +
        '03776562' +
        '0764656661756c74' +
        '03737663' +
        '07636c7573746572' +
        '056c6f63616c00' +
        '00010001',
    );
  });

  it('repeat names in full, or point to the longest tail that stands already', () => {
    const answer = {
      name: 'web.default.svc.cluster.local',
      type: DnsType.a,
      ttl: 30,
      address: ipAddress('10.96.42.10'),
    };
    const reply = { ...query, response: true, answers: [answer] };
    const plain = emitDns(reply);
    const short = emitDns(reply, { compress: true });
    expect(plain.length - short.length).toBe(31 - 2);
    expect(Buffer.from(short.subarray(-16)).toString('hex')).toBe('c00c000100010000001e00040a602a0a');
  });

  it('keep bytes in labels that text cannot show', () => {
    const odd = 'a\\.b\\\\c\\032\\255.example';
    const parsed = parseDns(emitDns({ ...query, questions: [{ name: odd, type: 1 }] }));
    expect(parsed.questions[0]?.name).toBe('a\\046b\\092c\\032\\255.example');
    expect(parseDns(emitDns(parsed)).questions).toEqual(parsed.questions);
  });

  it('do not mind a dot at the end of a name', () => {
    const dotted = { ...query, questions: [{ name: 'web.default.svc.cluster.local.', type: DnsType.a }] };
    expect(emitDns(dotted)).toEqual(emitDns(query));
  });
});

describe('hostile DNS', () => {
  const header = (questions: number): number[] => [0, 1, 1, 0, 0, questions, 0, 0, 0, 0, 0, 0];

  it.each([
    ['a pointer to itself', [...header(1), 0xc0, 12, 0, 1, 0, 1], /does not lead backwards/],
    ['a pointer forwards', [...header(1), 0xc0, 14, 0, 1, 0, 1], /does not lead backwards/],
    ['a pointer into the name it ends', [...header(1), 1, 97, 0xc0, 12, 0, 1, 0, 1], /does not lead backwards/],
    ['a label of a type unknown', [...header(1), 0x40, 0, 0, 0, 0], /label of unknown type 1/],
    ['a name that runs off the end', [...header(1), 5, 97, 98], /truncated/],
    ['counts beyond reason', [0, 1, 1, 0, 255, 255, 255, 255, 0, 0, 0, 0], /more than 1000/],
    ['a header cut short', [0, 1, 1], /truncated: 12 bytes needed/],
  ])('%s is refused', (_, bytes, message) => {
    const run = () => parseDns(Uint8Array.from(bytes));
    expect(run).toThrow(WireError);
    expect(run).toThrow(message);
  });

  it.each([
    ['an empty label', 'a..b', /empty label/],
    ['a label of 64 bytes', 'a'.repeat(64), /label of 64 bytes/],
    ['a name of 256 bytes', Array.from({ length: 4 }, () => 'a'.repeat(63)).join('.'), /name of 257 bytes/],
    ['a character beyond bytes', 'ž.example', /no byte/],
  ])('%s cannot be sent', (_, odd, message) => {
    expect(() => emitDns({ ...query, questions: [{ name: odd, type: 1 }] })).toThrow(message);
  });

  it('records without their data, or with the other family, cannot be sent', () => {
    const bare = { name: 'a', type: DnsType.a, ttl: 1 };
    expect(() => emitDns({ ...query, answers: [bare] })).toThrow(/lacks the data of its type 1/);
    expect(() => emitDns({ ...query, answers: [{ ...bare, address: ipAddress('::1') }] })).toThrow(/lacks the data/);
  });

  it('random bytes are read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 120 }), (bytes) => {
        bytes.set([0, bytes[5]! & 3, 0, bytes[7]! & 3, 0, 0, 0, 0], 4);
        try {
          expect(parseDns(bytes).questions.length).toBe(bytes[5]);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
