import { describe, expect, it } from 'vitest';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { ipAddress } from '../../../wire/address.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { rewriteEnd } from './rewrite.ts';
import { echoPacket, ipPacket, tcpPacket, udpPacket } from './testing/packets.ts';
import { tupleOf } from './tuple.ts';

const ends = { source: ipAddress('10.244.0.2'), destination: ipAddress('10.96.42.10') };
const TO = ipAddress('10.244.1.3');

function moved(bytes: Uint8Array, change: Partial<ConntrackTuple>): ConntrackTuple {
  return { ...tupleOf(bytes, 0)!, ...change };
}

describe('writing one end of a packet [NAT8]', () => {
  it('reports every field it changed, and nothing when nothing changes', () => {
    const bytes = udpPacket(ends, 5000, 80);
    const before = bytes.slice();
    expect(rewriteEnd(bytes, 0, moved(bytes, {}), 'destination')).toEqual([]);
    expect(bytes).toEqual(before);
    const changes = rewriteEnd(bytes, 0, moved(bytes, { destinationPort: 8080 }), 'destination', 'quoted.');
    expect(changes.map(({ path }) => path)).toEqual(['quoted.udp.checksum', 'quoted.udp.destinationPort']);
    expect(transportChecksumValid(bytes)).toBe(true);
  });

  it('writes a UDP sum that comes out as 0 as its other zero', () => {
    let met = 0;
    for (let port = 1; port <= 65_535; port++) {
      const bytes = udpPacket(ends, 5000, 80);
      rewriteEnd(bytes, 0, moved(bytes, { destination: TO, destinationPort: port }), 'destination');
      const { checksum } = new UdpView(bytes, 20);
      expect(checksum).not.toBe(0);
      if (checksum === 0xffff) met++;
    }
    expect(met).toBe(1);
  });

  it('leaves a sum of 0, which says that there is none', () => {
    const bytes = udpPacket(ends, 5000, 80);
    new UdpView(bytes, 20).checksum = 0;
    rewriteEnd(bytes, 0, moved(bytes, { destination: TO, destinationPort: 8080 }), 'destination');
    expect(new UdpView(bytes, 20)).toMatchObject({ checksum: 0, destinationPort: 8080 });
  });

  it('leaves the checksum of a cut segment stale, even if a byte of it is there', () => {
    const whole = tcpPacket(ends, {});
    for (const length of [28, 36, 37, 38, 39]) {
      const cut = whole.slice(0, length);
      const changes = rewriteEnd(cut, 0, moved(cut, { destination: TO, destinationPort: 8080 }), 'destination');
      expect(changes.map(({ path }) => path)).not.toContain('tcp.checksum');
      expect(cut.slice(36)).toEqual(whole.slice(36, length));
    }
  });

  it('writes the identifier of echo messages whichever end is moved, and of no others', () => {
    const echo = echoPacket(ends, 4660);
    rewriteEnd(echo, 0, moved(echo, { source: TO, sourcePort: 7, destinationPort: 7 }), 'source');
    expect(tupleOf(echo, 0)).toMatchObject({ source: TO, sourcePort: 7 });
    expect(transportChecksumValid(echo)).toBe(true);
    const error = ipPacket(ends, 1, Uint8Array.of(3, 1, 0xfc, 0xfe, 0, 0, 0, 0, 1, 2));
    rewriteEnd(error, 0, moved(error, { source: TO, sourcePort: 7 }), 'source');
    expect(error.slice(20)).toEqual(Uint8Array.of(3, 1, 0xfc, 0xfe, 0, 0, 0, 0, 1, 2));
  });

  it('behind the first fragment there is only the address to write', () => {
    const later = ipPacket(ends, 17, new Uint8Array(32).fill(9), { fragmentOffset: 1480 });
    rewriteEnd(later, 0, { protocol: 17, ...ends, destination: TO, sourcePort: 1, destinationPort: 2 }, 'destination');
    expect(later.slice(20)).toEqual(new Uint8Array(32).fill(9));
    expect(new Ipv4View(later).destination).toBe(TO);
    expect(new Ipv4View(later).checksumValid()).toBe(true);
  });
});
