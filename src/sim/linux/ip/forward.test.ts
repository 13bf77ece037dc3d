import { describe, expect, it } from 'vitest';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { ipAddress, macAddress } from '../../../wire/address.ts';
import { EtherType, emitEthernet } from '../../../wire/ethernet.ts';
import { Icmpv4View } from '../../../wire/icmpv4.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { route } from '../testing/lab.ts';
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
const left = veth('left', 2, '02:00:00:00:00:01', 'a|eth0');
const right = veth('right', 3, '02:00:00:00:00:02', 'b|eth0');

/** a — router — b, with everybody's MAC written down. */
function world(change: Partial<Netns> = {}): SmallWorld {
  const router = namespace('router', {
    links: [loopback, left, right],
    addresses: [address('10.0.0.1/24 left'), address('10.1.0.1/24 right')],
    neighbors: [permanent('left', '10.0.0.2', A), permanent('right', '10.1.0.2', B)],
    sysctls: { 'net.ipv4.ip_forward': '1' },
    ...change,
  });
  const host = (id: string, mac: string, own: string, gateway: string, peer: string, gatewayMac: string): Netns =>
    namespace(id, {
      links: [loopback, veth('eth0', 2, mac, peer)],
      addresses: [address(`${own}/24 eth0`)],
      routes: [route('0.0.0.0/0', 'eth0', ipAddress(gateway))],
      neighbors: [permanent('eth0', gateway, gatewayMac)],
    });
  return smallWorld(
    router,
    host('a', A, '10.0.0.2', '10.0.0.1', 'router|left', left.mac),
    host('b', B, '10.1.0.2', '10.1.0.1', 'router|right', right.mac),
  );
}

/** The ICMP errors a received, as `type/code mtu from quoted-ttl length`. */
function errors(small: SmallWorld): readonly string[] {
  return small
    .captures()
    .filter(({ netns, direction }) => netns === 'a' && direction === 'in')
    .map(({ bytes }) => {
      const ip = new Ipv4View(bytes, 14);
      const icmp = new Icmpv4View(bytes, ip.payloadOffset);
      const quote = new Ipv4View(bytes, icmp.payloadOffset);
      return `${icmp.type}/${icmp.code} ${icmp.nextHopMtu} ${ip.source} ttl=${quote.ttl} ${ip.totalLength}`;
    });
}

describe('forwarding', () => {
  it('[FW1] lowers the TTL by one, rewrites the MACs and keeps the rest', () => {
    const small = world();
    const packet = udpPacket('10.0.0.2', '10.1.0.2', 10);
    small.send('a', packet.slice());
    small.run();
    const arrived = small.captures().find(({ netns, direction }) => netns === 'b' && direction === 'in');
    const expected = packet.slice();
    new Ipv4View(expected).ttl = 63;
    new Ipv4View(expected).fillChecksum();
    const ethernet = { destination: macAddress(B), source: right.mac, etherType: EtherType.ipv4 };
    expect(arrived?.bytes).toEqual(emitEthernet(ethernet, expected));
  });

  it('[FW2] answers TTL 1 with 11/0, quoting the TTL as it came', () => {
    const small = world();
    small.send('a', udpPacket('10.0.0.2', '10.1.0.2', 10, { ttl: 1 }));
    small.run();
    expect(errors(small)).toEqual(['11/0 0 10.0.0.1 ttl=1 66']);
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'IP_INHDR' });
  });

  it('[FW3] answers what is too big and may not be cut with 3/4, its MTU and 576 bytes', () => {
    const small = world({ links: [loopback, left, { ...right, mtu: 1400 }] });
    small.send('a', udpPacket('10.0.0.2', '10.1.0.2', 1472, { dontFragment: true }));
    small.run();
    expect(errors(small)).toEqual(['3/4 1400 10.0.0.1 ttl=64 576']);
  });

  it('[FW3] cuts what may be cut', () => {
    const small = world({ links: [loopback, left, { ...right, mtu: 1400 }] });
    small.send('a', udpPacket('10.0.0.2', '10.1.0.2', 1472));
    small.run();
    const lengths = small.captures().filter(({ netns, direction }) => netns === 'b' && direction === 'in');
    expect(lengths.map(({ bytes }) => bytes.length - 14)).toEqual([1396, 124]);
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'split', into: 2 });
  });

  it('[FW3] ignores what it has itself learned about the path, unless ip_forward_use_pmtu is set', () => {
    for (const use of ['0', '1']) {
      const sysctls = { 'net.ipv4.ip_forward': '1', 'net.ipv4.ip_forward_use_pmtu': use };
      const small = world({ sysctls });
      const router = small.kernel('router');
      router.stack.learnPathMtu(router, ipAddress('10.1.0.2'), 1000);
      small.send('a', udpPacket('10.0.0.2', '10.1.0.2', 1200, { dontFragment: true }));
      small.run();
      expect(errors(small).filter((error) => error.startsWith('3/4'))).toHaveLength(use === '1' ? 1 : 0);
    }
  });

  it('[FW4] tells an on-link sender of a better next hop, and forwards all the same', () => {
    const gateway = ipAddress('10.0.0.7');
    const small = world({
      routes: [route('10.9.0.0/16', 'left', gateway)],
      neighbors: [permanent('left', '10.0.0.2', A), permanent('left', '10.0.0.7', '02:00:00:00:00:07')],
    });
    for (let i = 0; i < 2; i++) small.send('a', udpPacket('10.0.0.2', '10.9.0.1', 10));
    small.run();
    const answers = small.captures().filter(({ netns, direction }) => netns === 'a' && direction === 'in');
    const redirects = answers.filter(({ bytes }) => new Ipv4View(bytes, 14).protocol === 1);
    expect(redirects.map(({ bytes }) => new Icmpv4View(bytes, 34).gateway)).toEqual([gateway]);
    expect(small.taps().filter((tap) => tap === 'router left out')).toHaveLength(3);
  });

  it('[FW4] sends no redirect where send_redirects is off', () => {
    const small = world({
      routes: [route('10.9.0.0/16', 'left', ipAddress('10.0.0.7'))],
      neighbors: [permanent('left', '10.0.0.7', '02:00:00:00:00:07')],
      sysctls: {
        'net.ipv4.ip_forward': '1',
        'net.ipv4.conf.all.send_redirects': '0',
        'net.ipv4.conf.left.send_redirects': '0',
      },
    });
    small.send('a', udpPacket('10.0.0.2', '10.9.0.1', 10));
    small.run();
    expect(small.traces()).toHaveLength(1);
  });

  it('[FW5] drops what has a wrong checksum or a cut header without a word', () => {
    const small = world();
    const packet = udpPacket('10.0.0.2', '10.1.0.2', 10);
    new Ipv4View(packet).headerChecksum ^= 1;
    const header = { destination: left.mac, source: macAddress(A), etherType: EtherType.ipv4 };
    small.arrive('router', 'left', emitEthernet(header, packet));
    small.arrive('router', 'left', emitEthernet(header, packet.subarray(0, 12)));
    small.arrive('router', 'left', emitEthernet(header, udpPacket('10.0.0.2', '10.1.0.2', 10).subarray(0, 30)));
    const reasons = small.traces().map(({ disposition }) => (disposition.type === 'dropped' ? disposition.reason : ''));
    expect(reasons).toEqual(['IP_CSUM', 'PKT_TOO_SMALL', 'PKT_TOO_SMALL']);
  });
});
