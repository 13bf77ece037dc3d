import { describe, expect, it } from 'vitest';
import type { BridgePort } from '../../../datamodel/network/link.ts';
import type { FdbEntry } from '../../../datamodel/network/tables.ts';
import { ipAddress, type MacAddress, macAddress } from '../../../wire/address.ts';
import { emitArp } from '../../../wire/arp.ts';
import { BROADCAST_MAC, EtherType, emitEthernet } from '../../../wire/ethernet.ts';
import {
  address,
  bridge,
  loopback,
  namespace,
  permanent,
  portOf,
  type SmallWorld,
  smallWorld,
  udpPacket,
  veth,
} from '../testing/world.ts';

const BR = macAddress('02:00:00:00:00:01');
const MACS = ['02:00:00:00:00:0a', '02:00:00:00:00:0b', '02:00:00:00:00:0c'].map(macAddress);
const [A, B, C] = MACS as [MacAddress, MacAddress, MacAddress];

interface Settings {
  readonly flags?: Partial<BridgePort>;
  readonly mtu?: number;
  readonly fdb?: readonly FdbEntry[];
  /** The host whose device is down. */
  readonly down?: string;
}

/** A switch with three hosts behind pa, pb and pc, and an address of its own. */
function world({ flags = {}, mtu = 1500, fdb = [], down }: Settings = {}): SmallWorld {
  const ports = ['a', 'b', 'c'].map((name, i) =>
    veth(`p${name}`, 3 + i, `06:00:00:00:00:0${name}`, `${name}|eth0`, { mtu, ...portOf('br0', flags) }),
  );
  const hosts = ['a', 'b', 'c'].map((name, i) =>
    namespace(name, {
      links: [loopback, veth('eth0', 2, MACS[i] ?? '', `switch|p${name}`, { up: name !== down })],
      addresses: [address(`10.0.0.${10 + i}/24 eth0`)],
    }),
  );
  const own = namespace('switch', {
    links: [loopback, bridge('br0', 2, BR), ...ports],
    addresses: [address('10.0.0.1/24 br0')],
    neighbors: [permanent('br0', '10.0.0.12', C)],
    fdb,
  });
  return smallWorld(own, ...hosts);
}

function frame(from: MacAddress, to: MacAddress, payload = 20): Uint8Array {
  return emitEthernet(
    { destination: to, source: from, etherType: EtherType.ipv4 },
    udpPacket('10.0.0.10', '10.0.0.11', payload),
  );
}

function question(from: MacAddress): Uint8Array {
  const fields = { operation: 1, senderMac: from, targetMac: B, senderIp: ipAddress('10.0.0.10') } as const;
  const arp = emitArp({ ...fields, targetIp: ipAddress('10.0.0.200') });
  return emitEthernet({ destination: BROADCAST_MAC, source: from, etherType: EtherType.arp }, arp);
}

const outOf = (small: SmallWorld): readonly string[] => small.taps().filter((tap) => /^switch p\w out$/.test(tap));
const written = (dev: string, mac: MacAddress, state: FdbEntry['state']): FdbEntry => ({
  id: `${dev} ${mac}`,
  owner: 'user',
  dev,
  mac,
  master: 'br0',
  state,
});

describe('a bridge', () => {
  it('[BR1] floods a broadcast to the ports, the one added last first, then to its own host', () => {
    const small = world();
    small.arrive('switch', 'pa', question(A));
    expect(small.taps()).toEqual(['switch pa in', 'switch pc out', 'switch pb out', 'switch br0 in']);
    const [flooded, ...copies] = small.traces();
    expect(flooded?.disposition).toMatchObject({ type: 'split', into: 3 });
    expect(copies).toHaveLength(3);
  });

  it('[BR2] gives a port with hairpin its own broadcast back', () => {
    const small = world({ flags: { hairpin: true } });
    small.arrive('switch', 'pa', question(A));
    expect(outOf(small)).toEqual(['switch pc out', 'switch pb out', 'switch pa out']);
  });

  it('[BR3] learns where a sender is and forwards to it only', () => {
    const small = world();
    small.arrive('switch', 'pb', question(B));
    small.arrive('switch', 'pa', frame(A, B));
    expect(outOf(small).slice(2)).toEqual(['switch pb out']);
    expect(small.kernel('switch').fdb.get(`br0 ${A}`)).toMatchObject({ dev: 'pa', state: 'reachable' });
  });

  it('[BR3] follows a host that has moved, but not away from a written entry', () => {
    const small = world({ fdb: [written('pb', B, 'static')] });
    for (const port of ['pa', 'pc']) small.arrive('switch', port, question(A));
    small.arrive('switch', 'pc', question(B));
    expect(small.kernel('switch').fdb.get(`br0 ${A}`)?.dev).toBe('pc');
    expect(small.kernel('switch').fdb.get(`br0 ${B}`)?.dev).toBe('pb');
  });

  it('[BR4] floods a frame to a stranger, whom the others ignore', () => {
    const small = world();
    small.arrive('switch', 'pa', frame(A, B));
    expect(outOf(small)).toEqual(['switch pc out', 'switch pb out']);
    small.run();
    const copies = small.traces().slice(1, 3);
    expect(copies.map(({ disposition }) => disposition)).toMatchObject([
      { type: 'ignored', netns: 'c' },
      { netns: 'b' },
    ]);
  });

  it('[BR4] obeys learning off and flood off', () => {
    const small = world({ flags: { learning: false, flood: false } });
    small.arrive('switch', 'pa', frame(A, B));
    expect(small.kernel('switch').fdb.size).toBe(0);
    expect(small.traces()[0]?.disposition).toMatchObject({ type: 'dropped', reason: 'NO_TX_TARGET' });
    small.arrive('switch', 'pa', question(A));
    expect(outOf(small)).toHaveLength(2);
  });

  it('[BR5] does not send a frame back by the port it came from, unless the port has hairpin', () => {
    const stuck = world({ fdb: [written('pa', B, 'static')] });
    stuck.arrive('switch', 'pa', frame(A, B));
    expect(stuck.traces()[0]?.disposition).toMatchObject({ type: 'dropped' });
    const hairpin = world({ flags: { hairpin: true }, fdb: [written('pa', B, 'static')] });
    hairpin.arrive('switch', 'pa', frame(A, B));
    expect(outOf(hairpin)).toEqual(['switch pa out']);
  });

  it('[BR6] passes up what is for its own MAC, a port’s MAC or a permanent entry', () => {
    for (const mac of [BR, macAddress('06:00:00:00:00:0b'), C]) {
      const small = world({ fdb: [written('pc', C, 'permanent')] });
      small.arrive('switch', 'pa', frame(A, mac));
      expect(small.taps().slice(0, 2)).toEqual(['switch pa in', 'switch br0 in']);
    }
  });

  it('[BR7] shows frames to its own MAC as otherhost at the port and as host at the bridge', () => {
    const small = world();
    small.arrive('switch', 'pa', frame(A, BR));
    expect(
      small
        .captures()
        .slice(0, 2)
        .map(({ packetType }) => packetType),
    ).toEqual(['otherhost', 'host']);
  });

  it('[BR8] sends the host’s own packets by the port their MAC is behind', () => {
    const small = world({ fdb: [written('pc', C, 'static')] });
    small.send('switch', udpPacket('10.0.0.1', '10.0.0.12', 20));
    expect(small.taps()).toEqual(['switch br0 out', 'switch pc out']);
  });

  it('[BR9] drops what is longer than the port’s MTU and a VLAN tag, and tells nobody', () => {
    for (const [length, sent] of [
      [1404, 1],
      [1405, 0],
    ] as const) {
      const small = world({ mtu: 1400, fdb: [written('pb', B, 'static')] });
      small.arrive('switch', 'pa', frame(A, B, length - 28));
      expect(outOf(small)).toHaveLength(sent);
      expect(small.traces()).toHaveLength(1);
    }
  });

  it('[BR10] drops frames from group addresses and keeps link-local groups on their cable', () => {
    const small = world();
    small.arrive('switch', 'pa', frame(macAddress('03:00:00:00:00:01'), B));
    small.arrive('switch', 'pa', frame(A, macAddress('01:80:c2:00:00:00')));
    expect(small.traces().map(({ disposition }) => disposition)).toMatchObject([
      { type: 'dropped', reason: 'MAC_INVALID_SOURCE' },
      { type: 'dropped' },
    ]);
  });

  it('[BR11] leaves out a port without carrier and floods what was learned there', () => {
    const small = world({ down: 'b', fdb: [written('pb', B, 'reachable')] });
    small.arrive('switch', 'pa', frame(A, B));
    expect(outOf(small)).toEqual(['switch pc out']);
    const fixed = world({ down: 'b', fdb: [written('pb', B, 'static')] });
    fixed.arrive('switch', 'pa', frame(A, B));
    expect(outOf(fixed)).toEqual([]);
  });
});
