import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IpPrefix, ipAddress, ipPrefix, ipv4FromNumber, networkOf } from './address.ts';
import { type BgpMessage, emitBgp, parseBgp, parseBgpStream } from './bgp.ts';
import type { BgpAttributes, BgpOrigin } from './bgpAttribute.ts';
import type { BgpCapability } from './bgpCapability.ts';
import type { BgpEncoding } from './bgpUpdate.ts';
import { WireError } from './wireError.ts';

const MARKER = 'f'.repeat(32);
const MESH: BgpEncoding = { as4: true, addPath: true };
const FABRIC: BgpEncoding = { as4: true, addPath: false };
const IPV4 = { afi: 1, safi: 1 };

const meshCapabilities: readonly BgpCapability[] = [
  { capability: 'multiprotocol', ...IPV4 },
  { capability: 'route-refresh' },
  { capability: 'graceful-restart', restarting: false, time: 120, families: [{ ...IPV4, forwarding: false }] },
  { capability: 'as4', as: 64512 },
  { capability: 'add-path', families: [{ ...IPV4, mode: 3 }] },
  { capability: 'enhanced-refresh' },
  { capability: 'long-lived-graceful-restart', families: [] },
];

/** What BIRD 2.0.12 sent between three nodes of one AS and in a leaf-spine fabric, behind the marker, and what it says. */
const captured: readonly { name: string; hex: string; encoding: BgpEncoding; message: BgpMessage }[] = [
  {
    name: 'OPEN with graceful restart and add-path',
    hex: '003f0104fc0000f0c0a8010c2202200104000100010200400600780001010041040000fc0045040001010346004700',
    encoding: MESH,
    message: {
      type: 'OPEN',
      version: 4,
      as: 64512,
      holdTime: 240,
      identifier: ipAddress('192.168.1.12'),
      capabilities: meshCapabilities,
    },
  },
  {
    name: 'OPEN of a router that only helps others to restart',
    hex: '00350104fe4d00090aff0b0118021601040001000102004002007841040000fe4d46004700',
    encoding: FABRIC,
    message: {
      type: 'OPEN',
      version: 4,
      as: 65101,
      holdTime: 9,
      identifier: ipAddress('10.255.11.1'),
      capabilities: [
        { capability: 'multiprotocol', ...IPV4 },
        { capability: 'route-refresh' },
        { capability: 'graceful-restart', restarting: false, time: 120, families: [] },
        { capability: 'as4', as: 65101 },
        { capability: 'enhanced-refresh' },
        { capability: 'long-lived-graceful-restart', families: [] },
      ],
    },
  },
  { name: 'KEEPALIVE', hex: '001304', encoding: MESH, message: { type: 'KEEPALIVE' } },
  {
    name: 'UPDATE inside an AS, with a path identifier',
    hex: '0035020000001540010100400200400304c0a8010b40050400000064000000041a0af40000',
    encoding: MESH,
    message: {
      type: 'UPDATE',
      withdrawn: [],
      attributes: { origin: 'IGP', asPath: [], nextHop: ipAddress('192.168.1.11'), localPref: 100 },
      reachable: [{ prefix: ipPrefix('10.244.0.0/26'), pathId: 4 }],
    },
  },
  {
    name: 'UPDATE that has crossed three ASes',
    hex: '003c02000000204001010040021202040000fe4d0000fde80000fe4e0000fc5b4003040aff65001a0af40200',
    encoding: FABRIC,
    message: {
      type: 'UPDATE',
      withdrawn: [],
      attributes: {
        origin: 'IGP',
        asPath: [{ kind: 'sequence', ases: [65101, 65000, 65102, 64603] }],
        nextHop: ipAddress('10.255.101.0'),
      },
      reachable: [{ prefix: ipPrefix('10.244.2.0/26') }],
    },
  },
  {
    name: 'End-of-RIB',
    hex: '00170200000000',
    encoding: MESH,
    message: { type: 'UPDATE', withdrawn: [], reachable: [] },
  },
  {
    name: 'withdrawal',
    hex: '001c0200051a0af402000000',
    encoding: FABRIC,
    message: { type: 'UPDATE', withdrawn: [{ prefix: ipPrefix('10.244.2.0/26') }], reachable: [] },
  },
  {
    name: 'NOTIFICATION of an administrative shutdown',
    hex: '0015030602',
    encoding: MESH,
    message: { type: 'NOTIFICATION', code: 6, subcode: 2 },
  },
  {
    name: 'NOTIFICATION of an expired hold timer',
    hex: '0015030400',
    encoding: FABRIC,
    message: { type: 'NOTIFICATION', code: 4, subcode: 0 },
  },
];

describe('what BIRD sent', () => {
  it.each(captured)('is read: $name', ({ hex, encoding, message }) => {
    expect(parseBgp(fromHex(MARKER + hex), encoding)).toEqual(message);
  });

  it.each(captured)('is written to the byte: $name', ({ hex, encoding, message }) => {
    expect(toHex(emitBgp(message, encoding))).toBe(MARKER + hex);
  });

  it('is read message by message from a stream', () => {
    const stream = fromHex(captured.map(({ hex }) => MARKER + hex).join(''));
    const types = parseBgpStream(stream, FABRIC).map(({ type }) => type);
    expect(types).toEqual(captured.map(({ message }) => message.type));
  });
});

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 255 });
const address = u32.map(ipv4FromNumber);
const prefix: fc.Arbitrary<IpPrefix> = fc
  .record({ address, length: fc.integer({ min: 0, max: 32 }) })
  .map((value) => networkOf(value));
const family = fc.record({ afi: u16, safi: u8 });
const withForwarding = { afi: u16, safi: u8, forwarding: fc.boolean() };
const capability: fc.Arbitrary<BgpCapability> = fc.oneof(
  family.map((value) => ({ capability: 'multiprotocol' as const, ...value })),
  fc.constant({ capability: 'route-refresh' as const }),
  fc.constant({ capability: 'enhanced-refresh' as const }),
  u32.map((as) => ({ capability: 'as4' as const, as })),
  fc.record({
    capability: fc.constant('graceful-restart' as const),
    restarting: fc.boolean(),
    time: fc.integer({ min: 0, max: 0xfff }),
    families: fc.array(fc.record(withForwarding), { maxLength: 3 }),
  }),
  fc.record({
    capability: fc.constant('add-path' as const),
    families: fc.array(fc.record({ afi: u16, safi: u8, mode: u8 }), { maxLength: 3 }),
  }),
  fc.record({
    capability: fc.constant('long-lived-graceful-restart' as const),
    families: fc.array(fc.record({ ...withForwarding, time: fc.integer({ min: 0, max: 0xffffff }) }), { maxLength: 3 }),
  }),
  fc.record({
    capability: fc.constant('other' as const),
    code: fc.integer({ min: 128, max: 255 }),
    value: fc.uint8Array({ maxLength: 8 }),
  }),
);
const attributes: fc.Arbitrary<BgpAttributes> = fc.record(
  {
    origin: fc.constantFrom<BgpOrigin>('IGP', 'EGP', 'Incomplete'),
    asPath: fc.array(
      fc.record({
        kind: fc.constantFrom('sequence' as const, 'set' as const),
        ases: fc.array(u32, { minLength: 1, maxLength: 90 }),
      }),
      { maxLength: 3 },
    ),
    nextHop: address,
    med: u32,
    localPref: u32,
    communities: fc.array(u32, { maxLength: 5 }),
    originatorId: address,
    clusterList: fc.array(address, { maxLength: 5 }),
    others: fc
      .tuple(fc.integer({ min: 64, max: 255 }), fc.uint8Array({ maxLength: 300 }))
      .map(([code, value]) => [{ code, flags: 0xc0, value }]),
  },
  { requiredKeys: ['origin'] },
);

describe('any message', () => {
  it('survives being written and read', () => {
    const message: fc.Arbitrary<{ message: BgpMessage; encoding: BgpEncoding }> = fc.boolean().chain((addPath) => {
      const nlri = addPath ? fc.record({ prefix, pathId: u32 }) : fc.record({ prefix });
      const update = fc.record(
        {
          type: fc.constant('UPDATE' as const),
          withdrawn: fc.array(nlri, { maxLength: 20 }),
          attributes,
          reachable: fc.array(nlri, { maxLength: 20 }),
        },
        { requiredKeys: ['type', 'withdrawn', 'reachable'] },
      );
      const open = fc.record({
        type: fc.constant('OPEN' as const),
        version: fc.constant(4),
        as: u16,
        holdTime: u16,
        identifier: address,
        capabilities: fc.array(capability, { maxLength: 8 }),
      });
      const refresh = fc.record({ type: fc.constant('ROUTE-REFRESH' as const), afi: u16, safi: u8, subtype: u8 });
      return fc.record({
        message: fc.oneof(update, open, refresh),
        encoding: fc.constant({ as4: true, addPath }),
      });
    });
    fc.assert(
      fc.property(message, (given) => {
        expect(parseBgp(emitBgp(given.message, given.encoding), given.encoding)).toEqual(given.message);
      }),
    );
  });

  it('from anywhere is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 80 }), (type, body) => {
        const bytes = fromHex(`${MARKER}00000${type}${toHex(body)}`);
        bytes[17] = bytes.length;
        try {
          parseBgp(bytes, MESH);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

describe('AS numbers of four octets', () => {
  it('go as AS_TRANS to a speaker that knows only two', () => {
    const update: BgpMessage = {
      type: 'UPDATE',
      withdrawn: [],
      attributes: { asPath: [{ kind: 'sequence', ases: [4200000001, 64512] }] },
      reachable: [],
    };
    const old = { as4: false, addPath: false };
    expect(parseBgp(emitBgp(update, old), old)).toMatchObject({
      attributes: { asPath: [{ kind: 'sequence', ases: [23456, 64512] }] },
    });
  });
});

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join('');
}
