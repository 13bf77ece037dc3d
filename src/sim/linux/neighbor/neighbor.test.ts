import { describe, expect, it } from 'vitest';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { Neighbor } from '../../../datamodel/network/tables.ts';
import { ipAddress, macAddress } from '../../../wire/address.ts';
import { emitArp, parseArp } from '../../../wire/arp.ts';
import { BROADCAST_MAC, EthernetView, EtherType, emitEthernet, ZERO_MAC } from '../../../wire/ethernet.ts';
import { route } from '../testing/lab.ts';
import { address, loopback, namespace, type SmallWorld, smallWorld, udpPacket, veth } from '../testing/world.ts';

const A = macAddress('02:00:00:00:00:0a');
const B = macAddress('02:00:00:00:00:0b');
const C = macAddress('02:00:00:00:00:0c');

/** a — b, and b — c behind it. */
function world(change: Partial<Netns> = {}): SmallWorld {
  return smallWorld(
    namespace('a', {
      links: [loopback, veth('eth0', 2, A, 'b|eth0')],
      addresses: [address('10.0.0.1/24 eth0')],
      routes: [route('0.0.0.0/0', 'eth0', ipAddress('10.0.0.2'))],
    }),
    namespace('b', {
      links: [loopback, veth('eth0', 2, B, 'a|eth0'), veth('eth1', 3, C, 'c|eth0')],
      addresses: [address('10.0.0.2/24 eth0'), address('10.1.0.2/24 eth1')],
      ...change,
    }),
  );
}

function ask(target: string, from: string, mac: typeof A, to = BROADCAST_MAC): Uint8Array {
  const fields = { operation: 1, senderMac: mac, senderIp: ipAddress(from), targetMac: ZERO_MAC } as const;
  return emitEthernet(
    { destination: to, source: mac, etherType: EtherType.arp },
    emitArp({ ...fields, targetIp: ipAddress(target) }),
  );
}

function arps(small: SmallWorld): readonly string[] {
  return small
    .captures()
    .filter(({ direction, bytes }) => direction === 'out' && new EthernetView(bytes).etherType === EtherType.arp)
    .map(({ netns, bytes }) => {
      const arp = parseArp(bytes, 14);
      return `${netns}: ${arp.operation === 1 ? 'who has' : 'is at'} ${arp.targetIp} tell ${arp.senderIp}`;
    });
}

const entryOf = (small: SmallWorld, netns: string, key: string): Neighbor | undefined =>
  small.kernel(netns).neighbors.get(key)?.entry;

describe('asking for a neighbour', () => {
  it('[NB1] keeps the packets until the answer comes and sends them in order', () => {
    const small = world();
    for (const identification of [5, 6, 7]) small.send('a', udpPacket('10.0.0.1', '10.0.0.2', 4, { identification }));
    small.run();
    expect(arps(small)).toEqual(['a: who has 10.0.0.2 tell 10.0.0.1', 'b: is at 10.0.0.1 tell 10.0.0.2']);
    const ids = small
      .captures()
      .filter(({ netns, direction }) => netns === 'b' && direction === 'in')
      .slice(1);
    expect(ids.map(({ bytes }) => bytes[19])).toEqual([5, 6, 7]);
    expect(entryOf(small, 'a', 'eth0 10.0.0.2')).toMatchObject({ mac: B, state: 'REACHABLE' });
  });

  it('[NB2] makes whoever was asked know who asked, so that the answer needs no question', () => {
    const small = world();
    small.send('a', udpPacket('10.0.0.1', '10.0.0.2', 4));
    small.run();
    expect(entryOf(small, 'b', 'eth0 10.0.0.1')).toMatchObject({ mac: A, state: 'STALE' });
    expect(arps(small)).toHaveLength(2);
  });

  it('[NB3] asks three times, a second apart, then tells the sender host unreachable', () => {
    const small = world();
    small.send('a', udpPacket('10.0.0.1', '10.0.0.77', 4));
    small.run();
    const asked = small.captures().filter(({ device, direction }) => device === 'eth0' && direction === 'out');
    expect(asked.map(({ time }) => time / 1e9)).toEqual([0, 1.024, 2.048]);
    expect(small.taps().filter((tap) => tap.startsWith('a lo'))).toEqual(['a lo out', 'a lo in']);
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'NEIGH_FAILED' });
    expect(entryOf(small, 'a', 'eth0 10.0.0.77')).toEqual(expect.objectContaining({ state: 'FAILED' }));
    expect(entryOf(small, 'a', 'eth0 10.0.0.77')).not.toHaveProperty('mac');
  });

  it('[NB3] asks again for the next packet after a failure', () => {
    const small = world();
    small.send('a', udpPacket('10.0.0.1', '10.0.0.77', 4));
    small.run();
    small.send('a', udpPacket('10.0.0.1', '10.0.0.77', 4));
    small.run();
    expect(arps(small)).toHaveLength(6);
  });

  it('[NB4] keeps 101 packets; the oldest gives way', () => {
    const small = world();
    for (let i = 0; i < 102; i++) small.send('a', udpPacket('10.0.0.1', '10.0.0.77', 4));
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'NEIGH_QUEUEFULL' });
    expect(small.kernel('a').neighbors.get('eth0 10.0.0.77')?.waiting).toHaveLength(101);
  });

  it('[NB5] names the packet’s own source, if it is this host’s, else an address of the device', () => {
    const small = world();
    const kernel = small.kernel('b');
    for (const from of ['10.1.0.2', '10.9.9.9']) {
      const skb = small.skb(udpPacket(from, '10.0.0.55', 4), 'ip');
      kernel.stack.neighborOutput(kernel, skb, 'eth0', ipAddress(from === '10.1.0.2' ? '10.0.0.55' : '10.0.0.56'));
    }
    expect(arps(small)).toEqual(['b: who has 10.0.0.55 tell 10.1.0.2', 'b: who has 10.0.0.56 tell 10.0.0.2']);
  });

  it('[NB5] names only addresses of the target’s subnet with arp_announce 1, the device’s own with 2', () => {
    for (const level of ['1', '2']) {
      const small = world({ sysctls: { 'net.ipv4.conf.all.arp_announce': level } });
      const kernel = small.kernel('b');
      const skb = small.skb(udpPacket('10.1.0.2', '10.0.0.55', 4), 'ip');
      kernel.stack.neighborOutput(kernel, skb, 'eth0', ipAddress('10.0.0.55'));
      expect(arps(small)).toEqual(['b: who has 10.0.0.55 tell 10.0.0.2']);
    }
  });

  it('[NB6] asks nobody for broadcasts, multicasts and lo', () => {
    const small = world();
    for (const to of ['10.0.0.255', '239.129.2.3']) small.send('a', udpPacket('10.0.0.1', to, 4));
    small.send('a', udpPacket('127.0.0.1', '127.0.0.1', 4));
    const macs = small.captures().map(({ bytes }) => new EthernetView(bytes).destination);
    expect(macs).toEqual([BROADCAST_MAC, '01:00:5e:01:02:03', ZERO_MAC]);
  });
});

describe('reading ARP', () => {
  it('[NB7] answers for every address of the host, by whichever device it is asked', () => {
    const small = world();
    small.arrive('b', 'eth0', ask('10.1.0.2', '10.0.0.1', A));
    expect(arps(small)).toEqual(['b: is at 10.0.0.1 tell 10.1.0.2']);
  });

  it('[NB7] answers for the device’s own addresses only with arp_ignore=1', () => {
    const small = world({ sysctls: { 'net.ipv4.conf.all.arp_ignore': '1' } });
    small.arrive('b', 'eth0', ask('10.1.0.2', '10.0.0.1', A));
    small.arrive('b', 'eth0', ask('10.0.0.2', '10.0.0.1', A));
    expect(arps(small)).toEqual(['b: is at 10.0.0.1 tell 10.0.0.2']);
  });

  it('[NB8] ignores questions about others and learns nothing from strangers', () => {
    const small = world();
    small.arrive('b', 'eth0', ask('10.0.0.99', '10.0.0.1', A));
    expect(small.traces()[0]?.disposition.type).toBe('ignored');
    expect(small.kernel('b').neighbors.size).toBe(0);
  });

  it('[NB8] notices that a neighbour it knows has another MAC now, but never touches a permanent entry', () => {
    const small = world();
    small.arrive('b', 'eth0', ask('10.0.0.2', '10.0.0.1', A));
    small.arrive('b', 'eth0', ask('10.0.0.99', '10.0.0.1', C));
    expect(entryOf(small, 'b', 'eth0 10.0.0.1')?.mac).toBe(C);
    const written = {
      id: 'w',
      owner: 'user',
      dev: 'eth0',
      address: ipAddress('10.0.0.1'),
      mac: A,
      state: 'PERMANENT',
    } as const;
    const fixed = world({ neighbors: [written] });
    fixed.arrive('b', 'eth0', ask('10.0.0.2', '10.0.0.1', C));
    expect(entryOf(fixed, 'b', 'eth0 10.0.0.1')).toEqual(written);
  });

  it('[NB9] answers as a proxy for whoever is behind another device, after at most 0.8 s', () => {
    const sysctls = { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.eth0.proxy_arp': '1' };
    const small = world({ sysctls });
    small.arrive('b', 'eth0', ask('10.1.0.9', '10.0.0.1', A));
    small.arrive('b', 'eth0', ask('10.0.0.9', '10.0.0.1', A));
    expect(arps(small)).toEqual([]);
    small.run();
    expect(arps(small)).toEqual(['b: is at 10.0.0.1 tell 10.1.0.9']);
    expect(small.world.queue.now).toBeLessThanOrEqual(0.8e9 + 1e6);
    const eager = world({ sysctls: { ...sysctls, 'net.ipv4.neigh.eth0.proxy_delay': '0' } });
    eager.arrive('b', 'eth0', ask('10.1.0.9', '10.0.0.1', A));
    expect(arps(eager)).toHaveLength(1);
  });

  it('[NB8] drops what is no ARP for IPv4', () => {
    const small = world();
    const frame = ask('10.0.0.2', '10.0.0.1', A);
    frame[18] = 8;
    small.arrive('b', 'eth0', frame);
    small.arrive('b', 'eth0', frame.subarray(0, 20));
    expect(small.traces().map(({ disposition }) => disposition.type)).toEqual(['dropped', 'dropped']);
  });
});
