import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress, ipv4FromNumber } from './address.ts';
import {
  fillTransportChecksum,
  internetChecksum,
  partialSum,
  pseudoHeaderSum,
  transportChecksum,
  transportChecksumValid,
  updateChecksum16,
  updateChecksum32,
} from './checksum.ts';
import { emitIpv4, IpProtocol } from './ipv4.ts';
import { readU16, readU32, writeU16, writeU32 } from './octets.ts';
import { emitUdp, UdpView } from './udp.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const source = ipAddress('10.244.1.23');
const destination = ipAddress('10.244.2.47');
const header = {
  tos: 0,
  identification: 1,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  source,
  destination,
};

describe('internetChecksum', () => {
  it("gives the sum of RFC 1071's worked example", () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(partialSum(bytes, 0, 8)).toBe(0xddf2);
    expect(internetChecksum(bytes, 0, 8)).toBe(0x220d);
  });

  it('pads an odd last byte with zero', () => {
    expect(partialSum(Uint8Array.of(1, 2, 3), 0, 3)).toBe(0x0102 + 0x0300);
  });

  it('is zero over bytes that hold it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 200 }), (bytes) => {
        writeU16(bytes, 0, 0);
        writeU16(bytes, 0, internetChecksum(bytes, 0, bytes.length));
        expect(internetChecksum(bytes, 0, bytes.length)).toBe(0);
      }),
    );
  });

  it('can be summed in parts split at an even place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(50), (bytes, half) => {
        const split = Math.min(2 * half, bytes.length & ~1);
        expect(partialSum(bytes, split, bytes.length, partialSum(bytes, 0, split))).toBe(
          partialSum(bytes, 0, bytes.length),
        );
      }),
    );
  });

  it('sums the pseudo header as its twelve bytes', () => {
    fc.assert(
      fc.property(u32, u32, fc.integer({ min: 0, max: 255 }), u16, (from, to, protocol, length) => {
        const bytes = new Uint8Array(12);
        writeU32(bytes, 0, from);
        writeU32(bytes, 4, to);
        bytes[9] = protocol;
        writeU16(bytes, 10, length);
        const sum = pseudoHeaderSum(ipv4FromNumber(from), ipv4FromNumber(to), protocol, length);
        expect(sum).toBe(partialSum(bytes, 0, 12));
      }),
    );
  });
});

describe('incremental update', () => {
  // The first word is kept from being zero as an IP header's version is: all zeros have no second representation.
  const message = fc.uint8Array({ minLength: 8, maxLength: 60 }).map((bytes) => {
    bytes[2] = 0x45;
    return bytes;
  });

  it('equals summing again after a 16-bit change', () => {
    fc.assert(
      fc.property(message, u16, (bytes, to) => {
        writeU16(bytes, 0, 0);
        const before = internetChecksum(bytes, 0, bytes.length);
        const from = readU16(bytes, 4);
        writeU16(bytes, 4, to);
        expect(updateChecksum16(before, from, to)).toBe(internetChecksum(bytes, 0, bytes.length));
      }),
    );
  });

  it('equals summing again after a 32-bit change', () => {
    fc.assert(
      fc.property(message, u32, (bytes, to) => {
        writeU16(bytes, 0, 0);
        const before = internetChecksum(bytes, 0, bytes.length);
        const from = readU32(bytes, 4);
        writeU32(bytes, 4, to);
        expect(updateChecksum32(before, from, to)).toBe(internetChecksum(bytes, 0, bytes.length));
      }),
    );
  });

  it("gives RFC 1624's example its answer, not the 0xffff of the equation it corrects", () => {
    expect(updateChecksum16(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });
});

describe('transportChecksum', () => {
  const udp = (payload: Uint8Array): Uint8Array => {
    const datagram = emitUdp({ sourcePort: 40000, destinationPort: 9 }, payload, { source, destination });
    return emitIpv4({ ...header, protocol: IpProtocol.udp }, datagram);
  };

  it('finds and mends a broken checksum, wherever the packet stands', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(30), u16, (payload, at, wrong) => {
        const packet = udp(payload);
        const right = readU16(packet, 26);
        const bytes = new Uint8Array(at + packet.length + 4);
        bytes.set(packet, at);
        fc.pre(wrong !== right && wrong !== 0 && wrong % 0xffff !== right % 0xffff);
        writeU16(bytes, at + 26, wrong);
        expect(transportChecksumValid(bytes, at)).toBe(false);
        expect(transportChecksum(bytes, at)).toBe(right);
        fillTransportChecksum(bytes, at);
        expect(bytes.subarray(at, at + packet.length)).toEqual(packet);
      }),
    );
  });

  it('says nothing of fragments, cut packets and unknown protocols', () => {
    const packet = udp(new Uint8Array(10));
    expect(transportChecksum(packet.subarray(0, packet.length - 1))).toBeUndefined();
    const fragment = emitIpv4({ ...header, protocol: IpProtocol.udp, moreFragments: true }, new Uint8Array(16));
    expect(transportChecksum(fragment)).toBeUndefined();
    expect(transportChecksumValid(fragment)).toBe(true);
    expect(transportChecksum(emitIpv4({ ...header, protocol: 47 }, new Uint8Array(40)))).toBeUndefined();
  });

  it("sends UDP's zero sum as all ones, and takes zero for none", () => {
    const payload = new Uint8Array(2);
    const addresses = { source, destination };
    const without = emitUdp({ sourcePort: 1, destinationPort: 2 }, payload, addresses);
    // The payload that brings the sum to zero is the checksum of the datagram without it.
    writeU16(payload, 0, readU16(without, 6));
    const datagram = emitUdp({ sourcePort: 1, destinationPort: 2 }, payload, addresses);
    expect(readU16(datagram, 6)).toBe(0xffff);
    expect(new UdpView(datagram).checksumValid(addresses)).toBe(true);
    const packet = emitIpv4({ ...header, protocol: IpProtocol.udp }, datagram);
    expect(transportChecksum(packet)).toBe(0xffff);
    const none = emitIpv4(
      { ...header, protocol: IpProtocol.udp },
      emitUdp({ sourcePort: 1, destinationPort: 2 }, payload),
    );
    expect(readU16(none, 26)).toBe(0);
    expect(transportChecksumValid(none)).toBe(true);
  });
});
