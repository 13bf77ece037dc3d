import { describe, expect, it } from 'vitest';
import { macAddress } from '../../../wire/address.ts';
import { EtherType, emitEthernet } from '../../../wire/ethernet.ts';
import {
  address,
  loopback,
  namespace,
  permanent,
  type SmallWorld,
  smallWorld,
  udpPacket,
  veth,
} from '../testing/world.ts';

const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';

function world(mtu: number, peerMtu: number, up = true): SmallWorld {
  return smallWorld(
    namespace('a', {
      links: [loopback, veth('eth0', 2, A, 'b|eth0', { mtu })],
      addresses: [address('10.0.0.1/24 eth0')],
      neighbors: [permanent('eth0', '10.0.0.2', B)],
    }),
    namespace('b', {
      links: [loopback, veth('eth0', 2, B, 'a|eth0', { mtu: peerMtu, up })],
      addresses: [address('10.0.0.2/24 eth0')],
    }),
  );
}

describe('a veth pair', () => {
  it('[DV1] delivers what was sent, byte for byte, a moment later', () => {
    const small = world(1500, 1500);
    small.send('a', udpPacket('10.0.0.1', '10.0.0.2', 100));
    small.run();
    const [sent, received] = small.captures();
    expect(received).toMatchObject({ netns: 'b', direction: 'in', packetType: 'host' });
    expect(received?.bytes).toEqual(sent?.bytes);
    expect(received?.time).toBeGreaterThan(sent?.time ?? 0);
  });

  it('[DV2] loses what is longer than the other end’s MTU and a VLAN tag, without a word', () => {
    for (const [length, arrives] of [
      [1454, true],
      [1455, false],
    ] as const) {
      const small = world(1500, 1450);
      small.send('a', udpPacket('10.0.0.1', '10.0.0.2', length - 28, { dontFragment: true }));
      expect(small.traces()).toHaveLength(1);
      small.run();
      expect(small.taps().includes('b eth0 in')).toBe(arrives);
    }
  });

  it('[DV3] without anybody up at its other end loses packets before tcpdump sees them', () => {
    const small = world(1500, 1500, false);
    small.send('a', udpPacket('10.0.0.1', '10.0.0.2', 10));
    const lonely = smallWorld(
      namespace('a', {
        links: [loopback, veth('eth0', 2, A, 'nobody|eth0')],
        addresses: [address('10.0.0.1/24 eth0')],
        neighbors: [permanent('eth0', '10.0.0.2', B)],
      }),
    );
    lonely.send('a', udpPacket('10.0.0.1', '10.0.0.2', 10));
    for (const { disposition } of [...small.traces(), ...lonely.traces()]) {
      expect(disposition).toMatchObject({ type: 'dropped', netns: 'a', reason: 'QDISC_DROP' });
    }
    expect([...small.taps(), ...lonely.taps()]).toEqual([]);
  });
});

describe('lo', () => {
  it('[DV4] carries packets to the host itself with all-zero MACs', () => {
    const small = world(1500, 1500);
    small.send('a', udpPacket('10.0.0.1', '10.0.0.1', 10));
    small.run();
    expect(small.taps().slice(0, 2)).toEqual(['a lo out', 'a lo in']);
    expect(small.captures()[0]?.bytes.subarray(0, 12)).toEqual(new Uint8Array(12));
  });
});

describe('a received frame', () => {
  const to = (mac: string, etherType: number = EtherType.ipv4): Uint8Array =>
    emitEthernet(
      { destination: macAddress(mac), source: macAddress(B), etherType },
      udpPacket('10.0.0.2', '10.0.0.1', 4),
    );

  it('[DV5] is for this host, for all, for a group or for somebody else', () => {
    const small = world(1500, 1500);
    for (const mac of [A, 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', B]) small.arrive('a', 'eth0', to(mac));
    const types = small
      .captures()
      .filter(({ direction }) => direction === 'in')
      .map(({ packetType }) => packetType);
    expect(types).toEqual(['host', 'broadcast', 'multicast', 'otherhost']);
  });

  it('[DV5] is dropped as OTHERHOST when it carries another MAC', () => {
    const small = world(1500, 1500);
    small.arrive('a', 'eth0', to(B));
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'OTHERHOST' });
  });

  it('[DV6] is dropped when nobody here reads its protocol', () => {
    const small = world(1500, 1500);
    small.arrive('a', 'eth0', to(A, EtherType.ipv6));
    small.arrive('a', 'eth0', to(A).subarray(0, 10));
    const reasons = small.traces().map(({ disposition }) => (disposition.type === 'dropped' ? disposition.reason : ''));
    expect(reasons).toEqual(['UNHANDLED_PROTO', 'PKT_TOO_SMALL']);
  });
});
