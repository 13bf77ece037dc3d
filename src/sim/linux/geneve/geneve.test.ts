import { describe, expect, it } from 'vitest';
import type { Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { TunnelKey } from '../../../datamodel/network/tables.ts';
import { ipAddress, macAddress } from '../../../wire/address.ts';
import { GeneveView } from '../../../wire/geneve.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
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
const MACS = ['0e:00:00:00:00:01', '0e:00:00:00:00:02'];
const NAMES = ['left', 'right'];

type Kind = 'geneve' | 'vxlan';

function device(kind: Kind, i: number): Link {
  const mac = macAddress(MACS[i] ?? '');
  const base = { name: 'tun', index: 3, owner: 'test', mac, mtu: 1450, up: true } as const;
  if (kind === 'geneve') return { kind, ...base, destinationPort: 6081 };
  const rest = { vni: 0, local: ipAddress(`192.0.2.${i + 1}`), lower: 'eth0', destinationPort: 8472, learning: false };
  return { kind, ...base, ...rest, udpChecksum: true, external: true };
}

/** Two ends of a tunnel whose routes have the keys; `key` changes the left one's. */
function end(kind: Kind, i: number, key: Partial<TunnelKey> | null): Netns {
  const other = 1 - i;
  const remote = ipAddress(`192.0.2.${other + 1}`);
  const encap = key && { encap: { id: 7, remote, ttl: 64, tos: 0, checksum: false, ...key } };
  return namespace(NAMES[i] ?? '', {
    links: [loopback, veth('eth0', 2, CABLE[i] ?? '', `${NAMES[other]}|eth0`), device(kind, i)],
    addresses: [address(`192.0.2.${i + 1}/24 eth0`), address(`10.0.${i}.0/32 tun`)],
    routes: [{ ...route(`10.0.${other}.0/24`, 'tun', ipAddress(`10.0.${other}.0`)), onlink: true, ...encap }],
    neighbors: [
      permanent('eth0', `192.0.2.${other + 1}`, CABLE[other] ?? ''),
      permanent('tun', `10.0.${other}.0`, MACS[other] ?? ''),
    ],
  });
}

function world(kind: Kind, key: Partial<TunnelKey> | null = {}): SmallWorld {
  return smallWorld(end(kind, 0, key), end(kind, 1, {}));
}

const inner = (payload = 20, change = {}): Uint8Array => udpPacket('10.0.0.0', '10.0.1.0', payload, change);

function outer(small: SmallWorld): { ip: Ipv4View; udp: UdpView; geneve: GeneveView } {
  const capture = small.captures().find(({ device: name, direction }) => name === 'eth0' && direction === 'out');
  const ip = new Ipv4View(capture?.bytes ?? new Uint8Array(60), 14);
  const udp = new UdpView(ip.bytes, ip.payloadOffset);
  return { ip, udp, geneve: new GeneveView(ip.bytes, udp.payloadOffset) };
}

describe('a Geneve tunnel', () => {
  it('[GE1] carries the frame to where its route’s key says, and gives it out unchanged', () => {
    const small = world('geneve');
    small.send('left', inner(100, { dontFragment: true, tos: 0xba }));
    small.run();
    expect(small.taps().slice(0, 4)).toEqual(['left tun out', 'left eth0 out', 'right eth0 in', 'right tun in']);
    const [entered, , , left] = small.captures();
    expect(left?.bytes).toEqual(entered?.bytes);
    const { ip, udp, geneve } = outer(small);
    expect(ip).toMatchObject({ ttl: 64, dontFragment: false, tos: 2, totalLength: 178 });
    expect(udp).toMatchObject({ destinationPort: 6081, checksum: 0 });
    expect(geneve).toMatchObject({ version: 0, optionsLength: 0, protocolType: 0x6558, vni: 7 });
  });

  it('[GE2] has the key’s TTL, 0 too, and a checksum where the key asks for one', () => {
    const small = world('geneve', { ttl: 0, checksum: true });
    small.send('left', inner());
    small.run();
    const { ip, udp } = outer(small);
    expect(ip.ttl).toBe(0);
    expect(udp.checksum).not.toBe(0);
    expect(udp.checksumValid(ip)).toBe(true);
    expect(small.taps()).toContain('right tun in');
  });

  it('[GE3] obeys a program’s key before the route’s, and says what came with it', () => {
    const small = world('geneve');
    const left = small.kernel('left');
    const found = left.stack.routeOutput(left, { destination: ipAddress('10.0.1.0') });
    if (!found.ok) throw new Error(found.error);
    const skb = small.skb(inner(), 'ip');
    skb.meta.tunnelKey = { id: 4711, remote: ipAddress('192.0.2.2'), ttl: 9, tos: 0, checksum: false };
    left.stack.ipLocalOut(left, skb, found.route);
    const { ip, geneve } = outer(small);
    expect(geneve.vni).toBe(4711);
    expect(ip.ttl).toBe(9);
    small.run();
    expect(skb.meta.receivedKey).toMatchObject({ id: 4711, remote: '192.0.2.1', local: '192.0.2.2' });
  });

  it('[GE4] drops what brings no key', () => {
    for (const kind of ['geneve', 'vxlan'] as const) {
      const small = world(kind, null);
      small.send('left', inner());
      expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'TUNNEL_TXINFO' });
    }
  });

  it('[GE5] is not what another version or protocol type says', () => {
    for (const change of [0x40, 0x80]) {
      const small = world('geneve');
      small.send('left', inner());
      const { ip, geneve } = outer(small);
      const frame = ip.bytes.slice();
      frame[geneve.offset] = change;
      const arrived = small.arrive('right', 'eth0', frame);
      const trace = small.traces()[arrived.meta.trace];
      expect(trace?.disposition).toMatchObject({ type: 'dropped', netns: 'right', reason: 'NOT_SPECIFIED' });
    }
  });
});

describe('a VXLAN device in external mode', () => {
  it('[GE6] sends by the key, whatever the MAC, and takes every VNI', () => {
    const small = world('vxlan', { id: 5, ttl: 33 });
    small.send('left', inner());
    small.run();
    const { ip, udp } = outer(small);
    expect(ip.ttl).toBe(33);
    expect(udp.destinationPort).toBe(8472);
    expect(small.taps()).toContain('right tun in');
  });
});
