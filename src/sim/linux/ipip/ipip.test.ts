import { describe, expect, it } from 'vitest';
import type { IpipLink, Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { ipAddress } from '../../../wire/address.ts';
import { ZERO_MAC } from '../../../wire/ethernet.ts';
import { Icmpv4View } from '../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import '../../testing/allModes.ts';
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

const CABLE = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
const NAMES = ['left', 'right'];

/** Two tunnel ends, left (0) and right (1), with 10.0.i.0 inside and 192.0.2.(i+1) outside. */
function end(i: number, change: Partial<IpipLink>, mtu: number): Netns {
  const other = 1 - i;
  const tunl0: Link = {
    kind: 'ipip',
    name: 'tunl0',
    index: 3,
    owner: 'test',
    mac: ZERO_MAC,
    mtu: 1480,
    up: true,
    ttl: 0,
    pathMtuDiscovery: false,
    ...change,
  };
  return namespace(NAMES[i] ?? '', {
    links: [loopback, veth('eth0', 2, CABLE[i] ?? '', `${NAMES[other]}|eth0`, { mtu }), tunl0],
    addresses: [address(`192.0.2.${i + 1}/24 eth0`), address(`10.0.${i}.0/32 tunl0`)],
    routes: [{ ...route(`10.0.${other}.0/24`, 'tunl0', ipAddress(`192.0.2.${other + 1}`)), onlink: true }],
    neighbors: [permanent('eth0', `192.0.2.${other + 1}`, CABLE[other] ?? '')],
  });
}

interface Settings {
  readonly left?: Partial<IpipLink>;
  readonly right?: Partial<IpipLink>;
  readonly mtu?: number;
}

function world({ left = {}, right = {}, mtu = 1500 }: Settings = {}): SmallWorld {
  return smallWorld(end(0, left, mtu), end(1, right, mtu));
}

const inner = (payload = 20, change = {}): Uint8Array => udpPacket('10.0.0.0', '10.0.1.0', payload, change);

function outers(small: SmallWorld): readonly Ipv4View[] {
  return small
    .captures()
    .filter(({ netns, device, direction }) => netns === 'left' && device === 'eth0' && direction === 'out')
    .map(({ bytes }) => new Ipv4View(bytes, 14));
}

describe('an IPIP tunnel', () => {
  it('[II1] carries bare IP packets between its devices, whose frames have no Ethernet header', () => {
    const small = world();
    small.send('left', inner());
    small.run();
    expect(small.taps().slice(0, 4)).toEqual(['left tunl0 out', 'left eth0 out', 'right eth0 in', 'right tunl0 in']);
    const [entered, , , left] = small.captures();
    expect(entered?.bytes).toEqual(inner());
    expect(entered?.link).toBe('ip');
    expect(left?.bytes).toEqual(inner());
  });

  it('[II2] copies TTL, DF and of the TOS the ECN bits; ids count and are never 0; 20 bytes', () => {
    const small = world();
    small.send('left', inner(100, { ttl: 5, dontFragment: true, tos: 0xba, identification: 0 }));
    small.send('left', inner(100, { ttl: 2, dontFragment: false, tos: 3 }));
    const [first, second] = outers(small);
    const ends = { source: '192.0.2.1', destination: '192.0.2.2', protocol: IpProtocol.ipip };
    expect(first).toMatchObject({ ...ends, ttl: 5, dontFragment: true, tos: 2, totalLength: 148 });
    expect(second).toMatchObject({ ...ends, ttl: 2, dontFragment: false, tos: 2 });
    expect(first?.identification).not.toBe(0);
    expect(second?.identification).toBe((first?.identification ?? 0) + 1);
  });

  it('[II2] has a TTL and DF of its own where the device says so', () => {
    const small = world({ left: { ttl: 9, pathMtuDiscovery: true } });
    small.send('left', inner(100, { ttl: 5 }));
    expect(outers(small)[0]).toMatchObject({ ttl: 9, dontFragment: true });
  });

  it('[II3] goes to the next hop of the packet’s route, or to the device’s own other end', () => {
    const fixed = world({ left: { remote: ipAddress('192.0.2.77') } });
    fixed.send('left', inner());
    fixed.run();
    const asked = fixed.captures().find(({ netns, device }) => netns === 'left' && device === 'eth0');
    expect(asked?.bytes.slice(38, 42)).toEqual(Uint8Array.of(192, 0, 2, 77));
  });

  it('[II4] remembers what the way outside leaves, and refuses with 3/4 what is longer and forbids fragments', () => {
    const small = world({ mtu: 1400 });
    small.send('left', inner(1452, { dontFragment: true }));
    small.run();
    expect(small.taps()[0]).toBe('left tunl0 out');
    expect(outers(small)).toEqual([]);
    const told = small.captures().find(({ netns, device }) => netns === 'left' && device === 'lo');
    const ip = new Ipv4View(told?.bytes ?? new Uint8Array(64), 14);
    expect(new Icmpv4View(ip.bytes, ip.payloadOffset)).toMatchObject({ type: 3, code: 4, nextHopMtu: 1380 });
    expect([...small.kernel('left').pathMtus.values()]).toMatchObject([{ destination: '10.0.1.0', mtu: 1380 }]);
  });

  it('[II4] fragments the outer packet where the inner one allows it; the other end puts it together first', () => {
    const small = world({ mtu: 1400 });
    small.send('left', inner(1452));
    small.run();
    expect(outers(small).map(({ totalLength, moreFragments }) => [totalLength, moreFragments])).toEqual([
      [1396, true],
      [124, false],
    ]);
    const left = small.captures().find(({ netns, device }) => netns === 'right' && device === 'tunl0');
    expect(left?.bytes).toEqual(inner(1452));
  });

  it('[II5] answers 3/3 where every device is down, 3/2 where there is none', () => {
    for (const [right, code] of [
      [end(1, { up: false }, 1500), 3],
      [namespace('right', { ...end(1, {}, 1500), links: end(1, {}, 1500).links.slice(0, 2) }), 2],
    ] as const) {
      const small = smallWorld(end(0, {}, 1500), right);
      small.send('left', inner());
      small.run();
      const back = small.captures().find(({ netns, direction }) => netns === 'left' && direction === 'in');
      const ip = new Ipv4View(back?.bytes ?? new Uint8Array(64), 14);
      expect(new Icmpv4View(ip.bytes, ip.payloadOffset)).toMatchObject({ type: 3, code });
    }
  });

  it('[II6] comes out at the device that fits the addresses best', () => {
    const { links, ...rest } = end(1, {}, 1500);
    const [lo, eth0, tunl0] = links as readonly [Link, Link, IpipLink];
    const named = { ...tunl0, name: 'named', index: 4, local: ipAddress('192.0.2.2') };
    const other = { ...tunl0, name: 'other', index: 5, remote: ipAddress('192.0.2.9') };
    const small = smallWorld(end(0, {}, 1500), { ...rest, links: [lo, eth0, tunl0, named, other] });
    small.send('left', inner());
    small.run();
    expect(small.taps()).toContain('right named in');
  });

  it('[II7] takes "fragmentation needed" about its packets as the MTU towards the other end', () => {
    const small = world();
    small.kernel('left').stack.learnPathMtu(small.kernel('left'), ipAddress('192.0.2.2'), 1300);
    small.send('left', inner(1452, { dontFragment: true }));
    small.run();
    expect(small.traces()[0]?.disposition).toMatchObject({
      type: 'dropped',
      because: expect.stringContaining('MTU of 1280'),
    });
  });
});
