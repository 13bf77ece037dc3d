import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress } from './address.ts';
import type { TcpFields } from './tcp.ts';
import { emitTcp, parseTcp, TcpFlag, TcpView, tcpFlagNames } from './tcp.ts';
import type { TcpOption } from './tcpOption.ts';
import { linuxTcpOptions, parseTcpOptions, tcpOptionsLength } from './tcpOption.ts';
import { WireError } from './wireError.ts';

const addresses = { source: ipAddress('10.244.1.23'), destination: ipAddress('10.96.42.10') };
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const option: fc.Arbitrary<TcpOption> = fc.oneof(
  fc.record({ kind: fc.constant('mss' as const), value: u16 }),
  fc.constant<TcpOption>({ kind: 'sackPermitted' }),
  fc.constant<TcpOption>({ kind: 'nop' }),
  fc.record({ kind: fc.constant('timestamps' as const), value: u32, echo: u32 }),
  fc.record({ kind: fc.constant('windowScale' as const), shift: fc.integer({ min: 0, max: 14 }) }),
  fc.record({
    kind: fc.constant('sack' as const),
    blocks: fc.array(fc.record({ left: u32, right: u32 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('unknown' as const),
    code: fc.integer({ min: 9, max: 255 }),
    data: fc.uint8Array({ maxLength: 8 }),
  }),
);
const fields: fc.Arbitrary<TcpFields> = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  sequence: u32,
  acknowledgement: u32,
  flags: fc.integer({ min: 0, max: 255 }),
  window: u16,
  options: fc.array(option, { maxLength: 6 }).filter((options) => tcpOptionsLength(options) <= 40),
});

describe('TCP segments', () => {
  it('survive the wire with every option', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 60 }), (value, payload) => {
        const segment = emitTcp(value, payload, addresses);
        const view = new TcpView(segment);
        expect(parseTcp(segment)).toEqual(value);
        expect(view.checksumValid(addresses, segment.length)).toBe(true);
        expect(segment.subarray(view.payloadOffset)).toEqual(payload);
      }),
    );
  });

  it('are rewritten in place to what emitting the new values gives', () => {
    fc.assert(
      fc.property(fields, fields, (from, to) => {
        const segment = emitTcp(from, undefined, addresses);
        const { options: _, ...fixed } = to;
        Object.assign(new TcpView(segment), fixed);
        new TcpView(segment).fillChecksum(addresses, segment.length);
        expect(segment).toEqual(emitTcp({ ...to, options: from.options }, undefined, addresses));
      }),
    );
  });

  it('carry an urgent pointer', () => {
    const value = { ...fc.sample(fields, 1)[0]!, flags: TcpFlag.urg, urgentPointer: 5 };
    expect(parseTcp(emitTcp(value, undefined, addresses)).urgentPointer).toBe(5);
  });

  it('name their flags, low bit first', () => {
    expect(tcpFlagNames(TcpFlag.syn | TcpFlag.ack)).toBe('SYN ACK');
    expect(tcpFlagNames(TcpFlag.fin | TcpFlag.psh | TcpFlag.ack)).toBe('FIN PSH ACK');
    expect(tcpFlagNames(255)).toBe('FIN SYN RST PSH ACK URG ECE CWR');
    expect(tcpFlagNames(0)).toBe('');
  });
});

describe('options as Linux lays them out', () => {
  const kinds = (options: readonly TcpOption[]): string => options.map(({ kind }) => kind).join(' ');
  const timestamps = { value: 1, echo: 2 };
  const sackBlocks = [{ left: 1, right: 2 }];

  it.each([
    [{ mss: 1460, sackPermitted: true, timestamps, windowScale: 7 }, 'mss sackPermitted timestamps nop windowScale'],
    [{ mss: 1460, sackPermitted: true, windowScale: 7 }, 'mss nop nop sackPermitted nop windowScale'],
    [{ mss: 1460, timestamps }, 'mss nop nop timestamps'],
    [{ timestamps, sackBlocks }, 'nop nop timestamps nop nop sack'],
    [{}, ''],
  ])('%j: %s', (values, expected) => {
    const options = linuxTcpOptions(values);
    expect(kinds(options)).toBe(expected);
    const segment = emitTcp({ ...fc.sample(fields, 1)[0]!, options }, undefined, addresses);
    expect(new TcpView(segment).options()).toEqual(options);
  });
});

describe('malformed segments', () => {
  it.each([
    [[2, 4, 5], /option 2 of length 4/],
    [[8, 1, 1, 1], /option 8 of length 1/],
    [[1, 1, 3], /option 3 of length 0/],
  ])('options %j are refused', (bytes, message) => {
    const run = () => parseTcpOptions(Uint8Array.from(bytes), 0, bytes.length);
    expect(run).toThrow(WireError);
    expect(run).toThrow(message);
  });

  it('known codes of a wrong length are kept as unknown', () => {
    expect(parseTcpOptions(Uint8Array.of(2, 3, 9, 0), 0, 4)).toEqual([
      { kind: 'unknown', code: 2, data: Uint8Array.of(9) },
    ]);
  });

  it('a data offset inside the fixed header, or past the end, is refused', () => {
    const segment = emitTcp({ ...fc.sample(fields, 1)[0]!, options: [] }, undefined, addresses);
    segment[12] = 0x40;
    expect(() => parseTcp(segment)).toThrow(/data offset 16/);
    segment[12] = 0x60;
    expect(() => parseTcp(segment)).toThrow(/truncated: 24 bytes needed, 20 there/);
  });

  it('more than 40 bytes of options cannot be sent', () => {
    const options = Array.from({ length: 41 }, (): TcpOption => ({ kind: 'nop' }));
    expect(() => emitTcp({ ...fc.sample(fields, 1)[0]!, options }, undefined, addresses)).toThrow(
      /options of 44 bytes/,
    );
  });
});
