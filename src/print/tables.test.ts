import '../sim/testing/allModes.ts';
import { describe, expect, it } from 'vitest';
import type { Netns } from '../datamodel/network/netns.ts';
import type { ConntrackEntry, ConntrackTuple, RuntimeTables } from '../datamodel/network/runtime.ts';
import type { Route } from '../datamodel/network/tables.ts';
import { ipAddress, ipPrefix, macAddress } from '../wire/address.ts';
import { printBridgeFdb } from './bridgeFdb.ts';
import { printConntrackEntry } from './conntrackL.ts';
import { printIpAddr } from './ipAddr.ts';
import { printIpNeigh } from './ipNeigh.ts';
import { printIpRoute } from './ipRoute.ts';
import { printTool } from './printTool.ts';

const SECOND = 1e9;
const NOTHING: RuntimeTables = { neighbors: [], fdb: [], conntrack: [], pathMtus: [], recent: [] };

const netns: Netns = {
  id: 'node/n',
  links: [
    {
      kind: 'loopback',
      name: 'lo',
      index: 1,
      owner: 'host',
      mac: macAddress('00:00:00:00:00:00'),
      mtu: 65536,
      up: true,
    },
    {
      kind: 'physical',
      name: 'eth0',
      index: 2,
      owner: 'host',
      mac: macAddress('02:42:c0:a8:01:0b'),
      mtu: 1500,
      up: true,
      peer: { netns: 'underlay', link: 'u-n' },
    },
    { kind: 'bridge', name: 'cni0', index: 3, owner: 'cni', mac: macAddress('0a:58:0a:f4:00:01'), mtu: 1450, up: true },
    {
      kind: 'veth',
      name: 'veth1a2b3c4d',
      index: 4,
      owner: 'cni',
      mac: macAddress('ea:4d:8f:cf:4c:49'),
      mtu: 1450,
      up: true,
      peer: { netns: 'pod/default/p', link: 'eth0', index: 2 },
      port: { bridge: 'cni0', hairpin: true, learning: true, flood: true },
    },
    {
      kind: 'bridge',
      name: 'idle',
      index: 5,
      owner: 'user',
      mac: macAddress('02:00:00:00:00:01'),
      mtu: 1500,
      up: true,
    },
  ],
  addresses: [
    { id: 'a1', owner: 'host', link: 'lo', address: ipAddress('127.0.0.1'), prefixLength: 8, scope: 'host' },
    {
      id: 'a2',
      owner: 'host',
      link: 'eth0',
      address: ipAddress('192.168.1.11'),
      prefixLength: 24,
      scope: 'global',
      broadcast: ipAddress('192.168.1.255'),
    },
  ],
  routes: [],
  neighbors: [],
  fdb: [],
  netfilter: [],
  sysctls: {},
  listeners: [],
};

describe('ip addr', () => {
  it('prints links and addresses as iproute2 does', () => {
    expect(printIpAddr(netns).map((line) => line.text)).toEqual([
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '    inet 127.0.0.1/8 scope host lo',
      '       valid_lft forever preferred_lft forever',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000',
      '    link/ether 02:42:c0:a8:01:0b brd ff:ff:ff:ff:ff:ff',
      '    inet 192.168.1.11/24 brd 192.168.1.255 scope global eth0',
      '       valid_lft forever preferred_lft forever',
      '3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000',
      '    link/ether 0a:58:0a:f4:00:01 brd ff:ff:ff:ff:ff:ff',
      '4: veth1a2b3c4d@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP group default',
      '    link/ether ea:4d:8f:cf:4c:49 brd ff:ff:ff:ff:ff:ff link-netnsid 0',
      '5: idle: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default qlen 1000',
      '    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff',
    ]);
  });

  it('lets each line stand for its link or address', () => {
    expect(
      printIpAddr(netns)
        .slice(4, 8)
        .map((line) => line.entry),
    ).toEqual(['eth0', 'eth0', 'a2', 'a2']);
  });
});

describe('ip route', () => {
  const route = (destination: string, rest: Partial<Route>): Route => ({
    id: destination,
    owner: 'user',
    table: 254,
    type: 'unicast',
    destination: ipPrefix(destination),
    scope: 'global',
    metric: 0,
    protocol: 'boot',
    ...rest,
  });

  it('prints what iproute2 printed for the same routes, in the order of the trie', () => {
    const routes = [
      route('10.11.0.0/16', {
        dev: 'br0',
        protocol: 'static',
        scope: 'link',
        source: ipAddress('10.244.0.1'),
        metric: 3,
        mtu: 1400,
      }),
      route('10.11.0.0/16', { dev: 'br0', scope: 'link', metric: 2 }),
      route('10.11.1.1/32', { dev: 'br0', scope: 'link' }),
      route('10.9.0.0/16', { type: 'blackhole' }),
      route('10.10.0.0/16', { type: 'unreachable', metric: 5 }),
      route('0.0.0.0/0', { via: ipAddress('10.244.0.9'), dev: 'br0', protocol: 'bird' }),
      route('10.11.0.0/24', { via: ipAddress('10.244.0.9'), dev: 'br0', onlink: true }),
      route('10.244.0.1/32', { table: 255, type: 'local', dev: 'br0' }),
    ];
    expect(printIpRoute({ ...netns, routes }).map((line) => line.text)).toEqual([
      'default via 10.244.0.9 dev br0 proto bird ',
      'blackhole 10.9.0.0/16 ',
      'unreachable 10.10.0.0/16 metric 5 ',
      '10.11.0.0/24 via 10.244.0.9 dev br0 onlink ',
      '10.11.0.0/16 dev br0 scope link metric 2 ',
      '10.11.0.0/16 dev br0 proto static scope link src 10.244.0.1 metric 3 mtu 1400 ',
      '10.11.1.1 dev br0 scope link ',
    ]);
  });
});

describe('ip neigh', () => {
  it('joins what is written with what was learned', () => {
    const entry = { owner: 'kernel', dev: 'cni0', mac: macAddress('0a:58:0a:f4:00:02') } as const;
    const learned: RuntimeTables = {
      ...NOTHING,
      neighbors: [
        { ...entry, id: 'n3', address: ipAddress('10.244.0.10'), state: 'STALE' },
        { ...entry, id: 'n2', address: ipAddress('10.244.0.9'), state: 'REACHABLE' },
        { id: 'n4', owner: 'kernel', dev: 'eth0', address: ipAddress('192.168.1.99'), state: 'FAILED' },
        { ...entry, id: 'n5', address: ipAddress('224.0.0.22'), state: 'NOARP' },
      ],
    };
    expect(printIpNeigh(netns, learned)).toEqual([
      { text: '192.168.1.99 dev eth0 FAILED ', entry: 'n4' },
      { text: '10.244.0.9 dev cni0 lladdr 0a:58:0a:f4:00:02 REACHABLE ', entry: 'n2' },
      { text: '10.244.0.10 dev cni0 lladdr 0a:58:0a:f4:00:02 STALE ', entry: 'n3' },
    ]);
  });
});

describe('bridge fdb', () => {
  it('prints groups, own MACs and what was learned, device by device', () => {
    const learned: RuntimeTables = {
      ...NOTHING,
      fdb: [
        {
          id: 'f',
          owner: 'kernel',
          dev: 'veth1a2b3c4d',
          mac: macAddress('0a:58:0a:f4:00:02'),
          master: 'cni0',
          state: 'reachable',
        },
      ],
    };
    expect(printBridgeFdb(netns, learned).map((line) => line.text)).toEqual([
      '01:00:5e:00:00:01 dev eth0 self permanent',
      '01:00:5e:00:00:6a dev cni0 self permanent',
      '01:00:5e:00:00:01 dev cni0 self permanent',
      '0a:58:0a:f4:00:01 dev cni0 master cni0 permanent',
      '0a:58:0a:f4:00:02 dev veth1a2b3c4d master cni0 ',
      'ea:4d:8f:cf:4c:49 dev veth1a2b3c4d master cni0 permanent',
      '01:00:5e:00:00:01 dev veth1a2b3c4d self permanent',
      '01:00:5e:00:00:6a dev idle self permanent',
      '01:00:5e:00:00:01 dev idle self permanent',
      '02:00:00:00:00:01 dev idle master idle permanent',
    ]);
  });
});

describe('conntrack', () => {
  const tuple = (
    protocol: number,
    source: string,
    destination: string,
    sourcePort: number,
    destinationPort: number,
  ): ConntrackTuple => ({
    protocol,
    source: ipAddress(source),
    destination: ipAddress(destination),
    sourcePort,
    destinationPort,
  });
  const ping = (source: string, destination: string, type: number): ConntrackTuple => ({
    ...tuple(1, source, destination, 4660, 4660),
    icmp: { type, code: 0 },
  });
  const entry = (rest: Pick<ConntrackEntry, 'original' | 'reply'> & Partial<ConntrackEntry>): ConntrackEntry => ({
    id: 'c',
    seenReply: true,
    assured: false,
    mark: 0,
    expires: 130 * SECOND,
    ...rest,
  });

  it('prints lines that a kernel has printed', () => {
    const nodePort = entry({
      original: tuple(6, '192.168.1.100', '192.168.1.11', 40030, 30080),
      reply: tuple(6, '10.244.1.3', '10.244.0.0', 8080, 34308),
      assured: true,
      tcpState: 'TIME_WAIT',
    });
    expect(printConntrackEntry(nodePort, 10.5 * SECOND)).toBe(
      'ipv4     2 tcp      6 119 TIME_WAIT src=192.168.1.100 dst=192.168.1.11 sport=40030 dport=30080 src=10.244.1.3 dst=10.244.0.0 sport=8080 dport=34308 [ASSURED] mark=0 use=1',
    );
    const vxlan = entry({
      original: tuple(17, '192.168.1.12', '192.168.1.11', 59755, 8472),
      reply: tuple(17, '192.168.1.11', '192.168.1.12', 8472, 59755),
      seenReply: false,
    });
    expect(printConntrackEntry(vxlan, 101 * SECOND)).toBe(
      'ipv4     2 udp      17 29 src=192.168.1.12 dst=192.168.1.11 sport=59755 dport=8472 [UNREPLIED] src=192.168.1.11 dst=192.168.1.12 sport=8472 dport=59755 mark=0 use=1',
    );
    const echo = entry({ original: ping('10.244.0.2', '10.244.1.3', 8), reply: ping('10.244.1.3', '10.244.0.2', 0) });
    expect(printConntrackEntry(echo, 101 * SECOND)).toBe(
      'ipv4     2 icmp     1 29 src=10.244.0.2 dst=10.244.1.3 type=8 code=0 id=4660 src=10.244.1.3 dst=10.244.0.2 type=0 code=0 id=4660 mark=0 use=1',
    );
  });

  it('has nothing to say before anything was tracked', () => {
    expect(printTool('conntrack', netns, undefined, 0)).toEqual([]);
  });
});
