import { describe, expect, it } from 'vitest';
import type { Link, VxlanLink } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { FdbEntry } from '../../../datamodel/network/tables.ts';
import { ipAddress, macAddress } from '../../../wire/address.ts';
import { EthernetView } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { VxlanView } from '../../../wire/vxlan.ts';
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
const VTEP = ['0e:00:00:00:00:01', '0e:00:00:00:00:02'];

function remoteOf(i: number): FdbEntry {
  const mac = macAddress(VTEP[1 - i] ?? '');
  return {
    id: `fdb ${mac}`,
    owner: 'test',
    dev: 'vx',
    mac,
    self: true,
    dst: ipAddress(`192.0.2.${2 - i}`),
    state: 'permanent',
  };
}

/** Two tunnel ends, left (0) and right (1), with 10.0.i.0 inside and 192.0.2.(i+1) outside. */
function end(i: number, change: Partial<VxlanLink>, rest: Partial<Netns>, mtu: number): Netns {
  const other = 1 - i;
  const vx: Link = {
    kind: 'vxlan',
    name: 'vx',
    index: 3,
    owner: 'test',
    mac: macAddress(VTEP[i] ?? ''),
    mtu: 1450,
    up: true,
    vni: 1,
    local: ipAddress(`192.0.2.${i + 1}`),
    lower: 'eth0',
    destinationPort: 8472,
    learning: false,
    udpChecksum: true,
    ...change,
  };
  const names = ['left', 'right'];
  return namespace(names[i] ?? '', {
    links: [loopback, veth('eth0', 2, CABLE[i] ?? '', `${names[other]}|eth0`, { mtu }), vx],
    addresses: [address(`192.0.2.${i + 1}/24 eth0`), address(`10.0.${i}.0/32 vx`)],
    routes: [{ ...route(`10.0.${other}.0/24`, 'vx', ipAddress(`10.0.${other}.0`)), onlink: true }],
    neighbors: [
      permanent('eth0', `192.0.2.${other + 1}`, CABLE[other] ?? ''),
      permanent('vx', `10.0.${other}.0`, VTEP[other] ?? ''),
    ],
    fdb: [remoteOf(i)],
    ...rest,
  });
}

interface Settings {
  readonly left?: Partial<VxlanLink>;
  readonly right?: Partial<VxlanLink>;
  readonly leftRest?: Partial<Netns>;
  readonly mtu?: number;
}

function world({ left = {}, right = {}, leftRest = {}, mtu = 1500 }: Settings = {}): SmallWorld {
  return smallWorld(end(0, left, leftRest, mtu), end(1, right, {}, mtu));
}

const inner = (payload = 20, change = {}): Uint8Array => udpPacket('10.0.0.0', '10.0.1.0', payload, change);

function outer(small: SmallWorld): { ip: Ipv4View; udp: UdpView; vxlan: VxlanView; frame: Uint8Array } {
  const capture = small.captures().find(({ device, direction }) => device === 'eth0' && direction === 'out');
  const bytes = capture?.bytes ?? new Uint8Array(0);
  const ip = new Ipv4View(bytes, 14);
  const udp = new UdpView(bytes, ip.payloadOffset);
  const vxlan = new VxlanView(bytes, udp.payloadOffset);
  return { ip, udp, vxlan, frame: bytes.subarray(vxlan.payloadOffset) };
}

describe('a VXLAN tunnel', () => {
  it('[VX1] carries the frame between VTEPs and gives it out unchanged', () => {
    const small = world();
    small.send('left', inner());
    small.run();
    expect(small.taps().slice(0, 4)).toEqual(['left vx out', 'left eth0 out', 'right eth0 in', 'right vx in']);
    const [entered, , , left] = small.captures();
    expect(left?.bytes).toEqual(entered?.bytes);
    expect(new EthernetView(left?.bytes ?? new Uint8Array(14))).toMatchObject({
      source: VTEP[0],
      destination: VTEP[1],
    });
  });

  it('[VX2] wraps with TTL 64, DF clear, an id, flags 0x08, 50 bytes and a valid UDP checksum', () => {
    const small = world();
    small.send('left', inner(100, { dontFragment: true, ttl: 9, tos: 0xb8 }));
    const { ip, udp, vxlan, frame } = outer(small);
    expect(ip).toMatchObject({ ttl: 64, dontFragment: false, tos: 0, source: '192.0.2.1', destination: '192.0.2.2' });
    expect(ip.identification).not.toBe(0);
    expect(ip.totalLength).toBe(inner(100).length + 50);
    expect(udp.checksum).not.toBe(0);
    expect(udp.checksumValid({ source: ip.source, destination: ip.destination })).toBe(true);
    expect(vxlan).toMatchObject({ flags: 0x08, vni: 1 });
    expect(frame).toEqual(small.captures()[0]?.bytes);
  });

  it('[VX2] sends checksum 0 where udpcsum is off, and numbers its packets one by one', () => {
    const small = world({ left: { udpChecksum: false } });
    for (let i = 0; i < 3; i++) small.send('left', inner());
    expect(outer(small).udp.checksum).toBe(0);
    const ids = small
      .captures()
      .filter(({ device }) => device === 'eth0')
      .map(({ bytes }) => new Ipv4View(bytes, 14).identification);
    expect(ids.map((id) => id - (ids[0] ?? 0))).toEqual([0, 1, 2]);
  });

  it('[VX3] takes its source port from the socket, else from the flow, alike in both directions', () => {
    const small = world();
    small.send('left', inner());
    small.send('right', udpPacket('10.0.1.0', '10.0.0.0', 20));
    const ports = small
      .captures()
      .filter(({ device }) => device === 'eth0')
      .map(({ bytes }) => new UdpView(bytes, 34).sourcePort);
    expect(ports).toHaveLength(2);
    for (const port of ports) expect(port >= 32768 && port <= 60999).toBe(true);
    const kernel = small.kernel('left');
    const skb = small.skb(inner(), 'ip');
    skb.meta.socketHash = 0x80000000;
    const found = kernel.stack.routeOutput(kernel, { destination: ipAddress('10.0.1.0') });
    if (found.ok) kernel.stack.ipLocalOut(kernel, skb, found.route);
    const last = small.captures().at(-1);
    expect(new UdpView(last?.bytes ?? new Uint8Array(40), 34).sourcePort).toBe(32768 + Math.floor((60999 - 32768) / 2));
  });

  it('[VX4] copies ECN outside, not DSCP, and congestion back inside', () => {
    const small = world();
    small.send('left', inner(20, { tos: 0xba }));
    expect(outer(small).ip.tos).toBe(0x02);
    const wrapped = (innerTos: number): SmallWorld => {
      const receiver = world();
      receiver.send('left', inner(20, { tos: innerTos }));
      const frame = receiver.captures()[1]?.bytes.slice() ?? new Uint8Array(0);
      new Ipv4View(frame, 14).tos = 3;
      new Ipv4View(frame, 14).fillChecksum();
      const fresh = world();
      fresh.arrive('right', 'eth0', frame);
      fresh.run();
      return fresh;
    };
    const marked = wrapped(0x02)
      .captures()
      .find(({ device }) => device === 'vx');
    expect(new Ipv4View(marked?.bytes ?? new Uint8Array(34), 14)).toMatchObject({ tos: 3 });
    expect(new Ipv4View(marked?.bytes ?? new Uint8Array(34), 14).checksumValid()).toBe(true);
    expect(wrapped(0).traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'IP_TUNNEL_ECN' });
  });

  it('[VX5] drops what has no forwarding entry, silently', () => {
    const small = world({ leftRest: { fdb: [] } });
    small.send('left', inner());
    expect(small.taps()).toEqual(['left vx out']);
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'NO_TX_TARGET' });
  });

  it('[VX5] sends what no entry knows to every default remote', () => {
    const zero = macAddress('00:00:00:00:00:00');
    const defaults = ['192.0.2.2', '192.0.2.3'].map((dst) => ({
      ...remoteOf(0),
      id: dst,
      mac: zero,
      dst: ipAddress(dst),
    }));
    const small = world({ leftRest: { fdb: defaults } });
    small.send('left', inner());
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'split', into: 2 });
    expect(
      small.captures().filter(({ device, direction }) => device === 'eth0' && direction === 'out'),
    ).not.toHaveLength(0);
  });

  it('[VX6] is not opened by a device with another VNI, nor on another port, nor when it is down', () => {
    const reasons = [{ vni: 2 }, { destinationPort: 4789 }, { up: false }].map((right) => {
      const small = world({ right });
      small.send('left', inner());
      small.run();
      expect(small.taps()).not.toContain('right vx in');
      const end = small.traces()[0]?.disposition;
      return end?.type === 'dropped' ? end.reason : end?.type;
    });
    expect(reasons).toEqual(['VXLAN_VNI_NOT_FOUND', 'NO_SOCKET', 'NO_SOCKET']);
  });

  it('[VX7] fragments the outer packet where the underlay is too small, whatever the inner DF says', () => {
    const small = world({ mtu: 1400 });
    small.send('left', inner(1400, { dontFragment: true }));
    small.run();
    const sent = small
      .captures()
      .filter(({ netns, device, direction }) => netns === 'left' && device === 'eth0' && direction === 'out');
    expect(sent.map(({ bytes }) => bytes.length - 14)).toEqual([1396, 102]);
    expect(small.taps()).toContain('right vx in');
  });

  it('[VX7] teaches the host’s own senders the smaller MTU', () => {
    const small = world({ mtu: 1400 });
    small.send('left', inner(1400));
    expect(small.kernel('left').pathMtus.get(ipAddress('10.0.1.0'))?.mtu).toBe(1350);
  });

  it('[VX8] learns remotes only if it is told to', () => {
    const learned = [true, false].map((learning) => {
      const small = world({ right: { learning } });
      small.kernel('right').fdb.clear();
      small.send('left', inner());
      small.run();
      return small.kernel('right').fdb.get(`vx ${VTEP[0]}`)?.dst;
    });
    expect(learned).toEqual(['192.0.2.1', undefined]);
  });

  it('[VX9] drops damaged and looping packets', () => {
    const damage = (change: (frame: Uint8Array) => void): string | undefined => {
      const small = world();
      small.send('left', inner());
      const frame = small.captures()[1]?.bytes.slice() ?? new Uint8Array(0);
      change(frame);
      const receiver = world();
      receiver.arrive('right', 'eth0', frame);
      const end = receiver.traces()[0]?.disposition;
      return end?.type === 'dropped' ? end.reason : end?.type;
    };
    const withoutFlag = (frame: Uint8Array): void => {
      frame[42] = 0;
      const { source, destination } = new Ipv4View(frame, 14);
      new UdpView(frame, 34).fillChecksum({ source, destination });
    };
    expect(damage(withoutFlag)).toBe('VXLAN_INVALID_HDR');
    expect(damage((frame) => frame.set([1], frame.length - 1))).toBe('UDP_CSUM');
    const loop = world({ left: { mac: macAddress(VTEP[1] ?? '') } });
    loop.send('left', inner());
    loop.run();
    expect(loop.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'LOCAL_MAC' });
  });

  it('[VX10] passes the outer packet through the stack once more, as the tunnel’s own pass', () => {
    const small = world();
    small.send('left', inner());
    small.run();
    const steps = small.traces()[0]?.hops.flatMap((hop) => hop.steps) ?? [];
    const routes = steps
      .filter((step) => step.type === 'route')
      .map((step) => `${step.netns} ${step.purpose} ${step.pass}`);
    expect(routes).toEqual(['left output host', 'left output tunnel', 'right input tunnel', 'right input host']);
  });
});
