import { describe, expect, it } from 'vitest';
import { toBase64 } from '../../../base/base64.ts';
import type { Link, WireguardLink, WireguardPeer } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { ipAddress, ipPrefix } from '../../../wire/address.ts';
import { ZERO_MAC } from '../../../wire/ethernet.ts';
import { Icmpv4View } from '../../../wire/icmpv4.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { WireguardView } from '../../../wire/wireguard.ts';
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
const KEYS = [1, 2].map((fill) => toBase64(new Uint8Array(32).fill(fill)));

interface Change {
  readonly link?: Partial<WireguardLink>;
  readonly peer?: Partial<WireguardPeer>;
  readonly rest?: Partial<Netns>;
}

/** Two tunnel ends, left (0) and right (1), with 10.0.i.0 inside and 192.0.2.(i+1) outside. */
function end(i: number, { link = {}, peer = {}, rest = {} }: Change): Netns {
  const other = 1 - i;
  const wg: Link = {
    kind: 'wireguard',
    name: 'wg',
    index: 3,
    owner: 'test',
    mac: ZERO_MAC,
    mtu: 1420,
    up: true,
    listenPort: 51820,
    publicKey: KEYS[i] ?? '',
    peers: [
      {
        publicKey: KEYS[other] ?? '',
        endpoint: { address: ipAddress(`192.0.2.${other + 1}`), port: 51820 },
        allowedIps: [ipPrefix(`10.0.${other}.0/24`)],
        persistentKeepalive: 0,
        ...peer,
      },
    ],
    ...link,
  };
  return namespace(NAMES[i] ?? '', {
    links: [loopback, veth('eth0', 2, CABLE[i] ?? '', `${NAMES[other]}|eth0`), wg],
    addresses: [address(`192.0.2.${i + 1}/24 eth0`), address(`10.0.${i}.0/32 wg`)],
    routes: [route('10.0.0.0/16', 'wg')],
    neighbors: [permanent('eth0', `192.0.2.${other + 1}`, CABLE[other] ?? '')],
    ...rest,
  });
}

const world = (left: Change = {}, right: Change = {}): SmallWorld => smallWorld(end(0, left), end(1, right));
const inner = (length: number, change = {}): Uint8Array => udpPacket('10.0.0.0', '10.0.1.0', length - 28, change);

interface Message {
  readonly ip: Ipv4View;
  readonly udp: UdpView;
  readonly type: number;
  readonly counter: number | undefined;
}

/** What went out by a cable, in order, ICMP aside. */
function messages(small: SmallWorld, netns = 'left'): readonly Message[] {
  return small
    .captures()
    .filter((capture) => capture.netns === netns && capture.device === 'eth0' && capture.direction === 'out')
    .map(({ bytes }) => new Ipv4View(bytes, 14))
    .filter(({ protocol }) => protocol === 17)
    .map((ip) => {
      const udp = new UdpView(ip.bytes, ip.payloadOffset);
      const { type, counter } = new WireguardView(ip.bytes, udp.payloadOffset);
      return { ip, udp, type, counter };
    });
}

describe('a WireGuard tunnel', () => {
  it('[WG1] shakes hands first: 148 and 92 bytes with TOS 0x88; then what waited goes as counter 0', () => {
    const small = world();
    small.send('left', inner(84));
    small.run();
    expect(small.taps().slice(0, 7)).toEqual([
      'left wg out',
      'left eth0 out',
      'right eth0 in',
      'right eth0 out',
      'left eth0 in',
      'left eth0 out',
      'right eth0 in',
    ]);
    const [initiation, data] = messages(small);
    const [response] = messages(small, 'right');
    expect(initiation).toMatchObject({ type: 1, ip: { totalLength: 176, tos: 0x88, ttl: 64 } });
    expect(response).toMatchObject({ type: 2, ip: { totalLength: 120, tos: 0x88 } });
    expect(data).toMatchObject({ type: 4, counter: 0, ip: { totalLength: 156, tos: 0 } });
    expect(small.taps()).toContain('right wg in');
    const [entered] = small.captures();
    const left = small.captures().find(({ netns, device }) => netns === 'right' && device === 'wg');
    expect(left?.bytes).toEqual(entered?.bytes);
    expect(left?.link).toBe('ip');
  });

  it('[WG2] pads to 16 bytes, but not beyond the MTU', () => {
    const small = world();
    for (const length of [28, 33, 49, 1400, 1411, 1420]) small.send('left', inner(length));
    small.run();
    const sizes = messages(small).flatMap(({ type, udp }) => (type === 4 ? [udp.payloadLength] : []));
    expect(sizes).toEqual([64, 80, 96, 1440, 1452, 1452]);
  });

  it('[WG3] goes port to port, without DF, with a checksum and ECN but no DSCP', () => {
    const small = world();
    small.send('left', inner(84, { tos: 0xba, dontFragment: true, ttl: 7 }));
    small.run();
    const data = messages(small).find(({ type }) => type === 4);
    expect(data?.ip).toMatchObject({ tos: 2, dontFragment: false, ttl: 64 });
    expect(data?.udp).toMatchObject({ sourcePort: 51820, destinationPort: 51820 });
    expect(data?.udp.checksum).not.toBe(0);
  });

  it('[WG4] answers ten seconds after data that nothing was sent back to, with an empty packet', () => {
    const small = world();
    // Nobody has the address, and nobody says so.
    small.send('left', udpPacket('10.0.0.0', '10.0.1.9', 56));
    small.world.queue.schedule(12_000_000_000, () => undefined);
    small.run();
    const keepalives = messages(small, 'right').filter(({ type }) => type === 4);
    expect(keepalives).toMatchObject([{ ip: { totalLength: 60, tos: 0 }, counter: 0 }]);
    const ends = small.traces().map(({ disposition }) => disposition);
    expect(ends).toContainEqual({ type: 'delivered', netns: 'left', to: 'WireGuard keepalive' });
  });

  it('[WG5] lets in only sources that the peer may have, and tells nobody', () => {
    const small = world({}, { peer: { allowedIps: [ipPrefix('10.0.7.0/24')] } });
    small.send('left', inner(84));
    small.run();
    expect(small.taps()).not.toContain('right wg in');
    const because = expect.stringContaining('10.0.0.0 is not among the allowed addresses');
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', netns: 'right', because });
  });

  it('[WG6] says 3/1 where no peer has the destination, or nobody knows where it is', () => {
    for (const peer of [{ allowedIps: [] }, { endpoint: undefined }] as readonly Partial<WireguardPeer>[]) {
      const small = world({ peer });
      small.send('left', inner(84));
      small.run();
      const told = small.captures().find(({ device }) => device === 'lo');
      const ip = new Ipv4View(told?.bytes ?? new Uint8Array(64), 14);
      expect(new Icmpv4View(ip.bytes, ip.payloadOffset)).toMatchObject({ type: 3, code: 1 });
      expect(messages(small)).toEqual([]);
    }
  });

  it('[WG7] asks again every five seconds, and gives up what waits after a minute and a half', () => {
    const small = world({}, { link: { up: false } });
    small.send('left', inner(84));
    small.run();
    expect(messages(small).map(({ type }) => type)).toEqual(new Array(19).fill(1));
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', netns: 'left', reason: 'NOT_SPECIFIED' });
    expect(small.world.queue.now).toBeGreaterThan(90_000_000_000);
    expect(small.world.queue.now).toBeLessThan(110_000_000_000);
  });

  it('[WG8] hears only whom it knows, and is heard only by whom it is meant for', () => {
    for (const change of [{ peer: { publicKey: KEYS[1] ?? '' } }, { link: { publicKey: KEYS[0] ?? '' } }]) {
      const small = world({}, change);
      small.send('left', inner(84));
      small.run();
      expect(messages(small, 'right')).toEqual([]);
    }
  });

  it('[WG9] answers to where the peer was heard last', () => {
    const small = world({}, { peer: { endpoint: undefined } });
    small.send('left', inner(84));
    small.run();
    const right = small.kernel('right');
    expect([...right.wireguard.values()]).toMatchObject([{ confirmed: true, endpoint: { address: '192.0.2.1' } }]);
    small.send('right', udpPacket('10.0.1.0', '10.0.0.0', 10));
    small.run();
    expect(small.taps()).toContain('left wg in');
  });

  it('[WG10] sends by the session that there is, until its three minutes are over', () => {
    const small = world();
    small.send('left', inner(84));
    small.run();
    small.send('left', inner(84));
    small.run();
    expect(messages(small).map(({ type }) => type)).toEqual([1, 4, 4]);
    small.world.queue.schedule(185_000_000_000, () => undefined);
    small.run();
    small.send('left', inner(84));
    small.run();
    expect(messages(small).at(-2)?.type).toBe(1);
  });
});
