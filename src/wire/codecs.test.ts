import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IpAddress } from './address.ts';
import { ipAddress, ipv4FromNumber, macFromBytes } from './address.ts';
import { ArpView, emitArp, parseArp } from './arp.ts';
import { internetChecksum } from './checksum.ts';
import { BROADCAST_MAC, EthernetView, emitEthernet, isMulticastMac, parseEthernet } from './ethernet.ts';
import { emitGeneve, GeneveView, parseGeneve } from './geneve.ts';
import { emitEcho, emitIcmpError, Icmpv4View, isIcmpError, parseIcmpv4 } from './icmpv4.ts';
import type { Ipv4Fields } from './ipv4.ts';
import { emitIpv4, Ipv4View, parseIpv4 } from './ipv4.ts';
import { emitUdp, parseUdp, UdpView } from './udp.ts';
import { emitVxlan, parseVxlan, VxlanView } from './vxlan.ts';
import { WireError } from './wireError.ts';
import { emitWireguard, parseWireguard } from './wireguard.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const ip: fc.Arbitrary<IpAddress> = fc.integer({ min: 0, max: 0xffffffff }).map(ipv4FromNumber);
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => macFromBytes(bytes, 0));
const payload = fc.uint8Array({ maxLength: 80 });
const ipv4: fc.Arbitrary<Ipv4Fields> = fc.record(
  {
    tos: u8,
    identification: u16,
    dontFragment: fc.boolean(),
    moreFragments: fc.boolean(),
    fragmentOffset: fc.integer({ min: 0, max: 0x1fff }).map((eights) => 8 * eights),
    ttl: u8,
    protocol: u8,
    source: ip,
    destination: ip,
    options: fc.integer({ min: 1, max: 10 }).chain((n) => fc.uint8Array({ minLength: 4 * n, maxLength: 4 * n })),
  },
  {
    requiredKeys: [
      'tos',
      'identification',
      'dontFragment',
      'moreFragments',
      'fragmentOffset',
      'ttl',
      'protocol',
      'source',
      'destination',
    ],
  },
);

/** Puts the bytes somewhere into a larger array, so that offsets are really honoured. */
function shifted(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length + 3).fill(0xee);
  larger.set(bytes, 3);
  return larger;
}

describe('values survive the wire', () => {
  it('Ethernet', () => {
    fc.assert(
      fc.property(fc.record({ destination: mac, source: mac, etherType: u16 }), payload, (fields, data) => {
        const frame = emitEthernet(fields, data);
        expect(parseEthernet(shifted(frame), 3)).toEqual(fields);
        expect(frame.subarray(new EthernetView(frame).payloadOffset)).toEqual(data);
      }),
    );
  });

  it('ARP', () => {
    const arp = fc.record({
      operation: fc.constantFrom<1 | 2>(1, 2),
      senderMac: mac,
      senderIp: ip,
      targetMac: mac,
      targetIp: ip,
    });
    fc.assert(
      fc.property(arp, (fields) => {
        expect(parseArp(shifted(emitArp(fields)), 3)).toEqual(fields);
      }),
    );
  });

  it('IPv4', () => {
    fc.assert(
      fc.property(ipv4, payload, (fields, data) => {
        const packet = emitIpv4(fields, data);
        const view = new Ipv4View(shifted(packet), 3);
        expect(parseIpv4(view.bytes, 3)).toEqual(fields);
        expect(view.checksumValid()).toBe(true);
        expect(view.totalLength).toBe(packet.length);
        expect(view.payload()).toEqual(data);
        expect(view.packet()).toEqual(packet);
        expect(view.isFragment).toBe(fields.moreFragments || fields.fragmentOffset > 0);
      }),
    );
  });

  it('ICMP echo', () => {
    const echo = fc.record({ type: fc.constantFrom<0 | 8>(0, 8), identifier: u16, sequence: u16 });
    fc.assert(
      fc.property(echo, payload, (fields, data) => {
        const message = emitEcho(fields, data);
        expect(parseIcmpv4(shifted(message), 3)).toMatchObject({ ...fields, code: 0 });
        expect(new Icmpv4View(shifted(message), 3).checksumValid(message.length)).toBe(true);
        expect(message.subarray(8)).toEqual(data);
      }),
    );
  });

  it('ICMP errors', () => {
    fc.assert(
      fc.property(u8, u16, payload, (code, nextHopMtu, quote) => {
        const message = emitIcmpError({ type: 3, code, nextHopMtu }, quote);
        expect(parseIcmpv4(message)).toMatchObject({ type: 3, code, nextHopMtu, identifier: 0 });
        expect(internetChecksum(message, 0, message.length)).toBe(0);
        expect(message.subarray(8)).toEqual(quote);
      }),
    );
    const gateway = ipAddress('10.244.1.1');
    expect(parseIcmpv4(emitIcmpError({ type: 5, code: 1, gateway }, new Uint8Array(28))).gateway).toBe(gateway);
  });

  it('UDP', () => {
    const ports = fc.record({ sourcePort: u16, destinationPort: u16 });
    fc.assert(
      fc.property(ports, payload, ip, ip, (fields, data, source, destination) => {
        const datagram = emitUdp(fields, data, { source, destination });
        const view = new UdpView(shifted(datagram), 3);
        expect(parseUdp(view.bytes, 3)).toEqual(fields);
        expect(view.checksum).not.toBe(0);
        expect(view.checksumValid({ source, destination })).toBe(true);
        expect(view.payload()).toEqual(data);
        expect(view.payloadLength).toBe(data.length);
      }),
    );
  });

  it('VXLAN', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), payload, (vni, frame) => {
        const bytes = emitVxlan({ vni }, frame);
        expect(parseVxlan(shifted(bytes), 3)).toEqual({ vni });
        expect(bytes.subarray(new VxlanView(bytes).payloadOffset)).toEqual(frame);
        expect([...bytes.subarray(0, 4), bytes[7]]).toEqual([8, 0, 0, 0, 0]);
      }),
    );
  });
});

describe('tunnel headers', () => {
  it('Geneve, with options in whole words', () => {
    const words = fc
      .uint8Array({ maxLength: 63 })
      .map((bytes) => Uint8Array.from({ length: 4 * bytes.length }, (_, i) => i));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), u16, words, payload, (vni, protocolType, options, frame) => {
        const bytes = emitGeneve({ vni, protocolType, options }, frame);
        expect(parseGeneve(shifted(bytes), 3)).toEqual({ vni, protocolType, options });
        expect(bytes.subarray(new GeneveView(bytes).payloadOffset)).toEqual(frame);
      }),
    );
  });

  it('WireGuard: indexes and counters in little endian, lengths by type', () => {
    const u32 = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(u32, u32, fc.maxSafeNat(), payload, (sender, receiver, counter, packet) => {
        const initiation = emitWireguard({ type: 1, sender }, new Uint8Array(140));
        expect(initiation.length).toBe(148);
        expect(parseWireguard(shifted(initiation), 3)).toEqual({ type: 1, sender });
        const response = emitWireguard({ type: 2, sender, receiver }, new Uint8Array(80));
        expect(response.length).toBe(92);
        expect(parseWireguard(shifted(response), 3)).toEqual({ type: 2, sender, receiver });
        expect(emitWireguard({ type: 3, receiver }, new Uint8Array(56)).length).toBe(64);
        const data = emitWireguard({ type: 4, receiver, counter }, Uint8Array.of(...packet, ...new Uint8Array(16)));
        expect(data.length).toBe(32 + packet.length);
        expect(parseWireguard(shifted(data), 3)).toEqual({ type: 4, receiver, counter });
        expect(data[4]).toBe(receiver & 255);
      }),
    );
  });
});

describe('views write in place', () => {
  it('the fields of one IPv4 header into another, bit fields apart from each other', () => {
    const plain = ipv4.map(({ options: _, ...fields }) => fields);
    fc.assert(
      fc.property(plain, plain, payload, (from, to, data) => {
        const packet = emitIpv4(from, data);
        const view = new Ipv4View(packet);
        Object.assign(view, to);
        expect(parseIpv4(packet)).toEqual(to);
        view.fillChecksum();
        expect(packet).toEqual(emitIpv4(to, data));
      }),
    );
  });

  it('Ethernet and ARP addresses', () => {
    fc.assert(
      fc.property(mac, mac, u16, ip, (a, b, etherType, address) => {
        const frame = emitEthernet({ destination: BROADCAST_MAC, source: BROADCAST_MAC, etherType: 0 });
        Object.assign(new EthernetView(frame), { destination: a, source: b, etherType });
        expect(parseEthernet(frame)).toEqual({ destination: a, source: b, etherType });
        const arp = emitArp({ operation: 1, senderMac: b, senderIp: address, targetMac: b, targetIp: address });
        Object.assign(new ArpView(arp), { operation: 2, targetMac: a, targetIp: '192.0.2.1' });
        expect(parseArp(arp)).toMatchObject({ operation: 2, senderMac: b, targetMac: a, targetIp: '192.0.2.1' });
      }),
    );
  });

  it('one hop less keeps a right header right', () => {
    fc.assert(
      fc.property(
        ipv4.filter(({ ttl }) => ttl > 0),
        (fields) => {
          const packet = emitIpv4(fields);
          new Ipv4View(packet).decrementTtl();
          expect(packet).toEqual(emitIpv4({ ...fields, ttl: fields.ttl - 1 }));
        },
      ),
    );
  });
});

describe('what is no message is refused, with protocol, place and reason', () => {
  const packet = emitIpv4({
    tos: 0,
    identification: 7,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol: 17,
    source: ipAddress('192.0.2.1'),
    destination: ipAddress('192.0.2.2'),
  });
  const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  const arp = emitArp({
    operation: 1,
    senderMac: BROADCAST_MAC,
    senderIp: ipAddress('192.0.2.1'),
    targetMac: BROADCAST_MAC,
    targetIp: ipAddress('192.0.2.2'),
  });

  it.each([
    [
      'a cut Ethernet header',
      () => parseEthernet(new Uint8Array(13)),
      /^Ethernet at byte 0: truncated: 14 .* 13 there$/,
    ],
    ['an offset past the end', () => parseEthernet(new Uint8Array(13), 20), /truncated: 14 bytes needed, 0 there/],
    ['a cut ARP message', () => parseArp(arp.subarray(0, 27)), /^ARP at byte 0: truncated/],
    ['ARP of another medium', () => parseArp(changed(arp, 1, 6)), /ARP at byte 0: not IPv4 over Ethernet/],
    ['ARP of other lengths', () => parseArp(changed(arp, 4, 8)), /ARP at byte 4: address lengths/],
    ['reverse ARP', () => parseArp(changed(arp, 7, 3)), /ARP at byte 6: unknown operation 3/],
    ['IPv6', () => parseIpv4(changed(packet, 0, 0x60)), /IPv4 at byte 0: version 6/],
    ['a header of 16 bytes', () => parseIpv4(changed(packet, 0, 0x44)), /header length 16/],
    ['options that are not there', () => parseIpv4(changed(packet, 0, 0x46)), /truncated: 24 bytes needed, 20 there/],
    ['a packet shorter than its header', () => parseIpv4(changed(packet, 3, 19)), /byte 2: total length 19/],
    ['a packet too long to emit', () => emitIpv4(parseIpv4(packet), new Uint8Array(65516)), /packet of 65536 bytes/],
    [
      'too many options to emit',
      () => emitIpv4({ ...parseIpv4(packet), options: new Uint8Array(41) }),
      /options of 44/,
    ],
    ['a cut ICMP header', () => parseIcmpv4(new Uint8Array(7)), /^ICMP at byte 0: truncated/],
    ['a UDP length under 8', () => parseUdp(Uint8Array.of(0, 1, 0, 2, 0, 7, 0, 0)), /UDP at byte 4: length 7/],
    ['a datagram too long', () => emitUdp({ sourcePort: 1, destinationPort: 2 }, new Uint8Array(65528)), /65536 bytes/],
    ['another Geneve', () => parseGeneve(Uint8Array.of(0x40, 0, 0, 0, 0, 0, 0, 0)), /Geneve at byte 0: version 1/],
    [
      'Geneve whose options are cut',
      () => parseGeneve(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)),
      /Geneve at byte 0: trunc/,
    ],
    [
      'Geneve options of 3 bytes',
      () => emitGeneve({ vni: 1, protocolType: 0, options: new Uint8Array(3) }),
      /options of 3 bytes/,
    ],
    ['no WireGuard type', () => parseWireguard(Uint8Array.of(9, 0, 0, 0)), /WireGuard at byte 0: type 9/],
    ['a short response', () => emitWireguard({ type: 2 }, new Uint8Array(79)), /type 2 of 91 bytes/],
    ['VXLAN without a VNI', () => parseVxlan(new Uint8Array(8)), /VXLAN at byte 0: the I flag/],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(WireError);
    expect(run).toThrow(message);
  });
});

describe('kinds', () => {
  it('of MAC addresses', () => {
    expect(isMulticastMac(BROADCAST_MAC)).toBe(true);
    expect(isMulticastMac(macFromBytes(Uint8Array.of(1, 0, 0x5e, 0, 0, 1), 0))).toBe(true);
    expect(isMulticastMac(macFromBytes(Uint8Array.of(0x0a, 0x58, 10, 244, 0, 1), 0))).toBe(false);
  });

  it('of ICMP types', () => {
    expect([0, 3, 5, 8, 11, 12, 13].map(isIcmpError)).toEqual([false, true, true, false, true, true, false]);
  });
});
