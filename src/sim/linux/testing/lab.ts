import type { BridgePort, Link } from '../../../datamodel/network/link.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import type { NetfilterTable } from '../../../datamodel/network/netfilter.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { type NetnsId, UNDERLAY } from '../../../datamodel/network/netnsId.ts';
import type { FdbEntry, InterfaceAddress, Neighbor, Route } from '../../../datamodel/network/tables.ts';
import {
  type IpAddress,
  ipAddress,
  ipPrefix,
  type MacAddress,
  macAddress,
  macFromIpv4,
} from '../../../wire/address.ts';
import { installLateParts } from '../installLateParts.ts';
import { withKernelRoutes } from '../route/kernelRoutes.ts';

installLateParts();

/*
 * The network that the captured flows were taken on, written by hand: three nodes on a switch, each with a bridge, two Pods
 * and flannel's tunnel or host routes, and a client beside them.
 */

export interface LabSettings {
  readonly cni: 'vxlan' | 'hostgw' | 'geneve';
  /** net.bridge.bridge-nf-call-iptables */
  readonly bridgeNetfilter?: boolean;
  readonly netfilter?: (node: number) => readonly NetfilterTable[];
  /** Changes a namespace after it was written: the experiment. */
  readonly change?: (netns: Netns) => Netns;
}

export const CLIENT: NetnsId = '192.168.1.100';
const NODES = [1, 2, 3];
const LETTERS = ['a', 'b'];

/** All namespaces of the lab, with what their kernels derive. */
export function lab(settings: LabSettings): ReadonlyMap<NetnsId, Netns> {
  const all = [underlay(), client(), ...NODES.map((node) => nodeNetns(node, settings)), ...pods(settings)];
  const change = settings.change ?? ((netns) => netns);
  return new Map(all.map((netns) => [netns.id, withKernelRoutes(change(netns))]));
}

export const vethName = (node: number, letter: string): string => `veth${node}${letter}`;
export const podAddress = (node: number, letter: string): IpAddress =>
  ipAddress(`10.244.${node - 1}.${letter === 'a' ? 2 : 3}`);
export const nodeAddress = (node: number): IpAddress => ipAddress(`192.168.1.${10 + node}`);
const gateway = (node: number): IpAddress => ipAddress(`10.244.${node - 1}.1`);
const vtep = (node: number): MacAddress => macAddress(`0e:f1:a0:00:00:0${node}`);
const physicalMac = (address: IpAddress): MacAddress => macFromIpv4('02:42', address);
const podMac = (address: IpAddress): MacAddress => macFromIpv4('0a:58', address);

function pods({ cni }: LabSettings): readonly Netns[] {
  return NODES.flatMap((node) => LETTERS.map((letter) => podNetns(node, letter, podMtu(cni))));
}

function podNetns(node: number, letter: string, mtu: number): Netns {
  const address = podAddress(node, letter);
  const peer = { netns: `node/node${node}`, link: vethName(node, letter) };
  const eth0: Link = { kind: 'veth', name: 'eth0', index: 2, owner: 'cni', mac: podMac(address), mtu, up: true, peer };
  return {
    ...empty(`pod/default/p${node}${letter}`),
    links: [loopback, eth0],
    addresses: [addressOn('eth0', address, 24)],
    routes: [route('0.0.0.0/0', 'eth0', gateway(node)), route('10.244.0.0/16', 'eth0', gateway(node))],
    listeners: servers(`p${node}${letter}`),
  };
}

function nodeNetns(node: number, settings: LabSettings): Netns {
  const { cni } = settings;
  const mtu = podMtu(cni);
  const address = nodeAddress(node);
  const port: BridgePort = { bridge: 'cni0', hairpin: true, learning: true, flood: true };
  const links: Link[] = [
    loopback,
    { ...physical('eth0', 2, physicalMac(address), UNDERLAY, `u-node${node}`) },
    { kind: 'bridge', name: 'cni0', index: 3, owner: 'cni', mac: podMac(gateway(node)), mtu, up: true },
    ...LETTERS.map(
      (letter, i): Link => ({
        kind: 'veth',
        name: vethName(node, letter),
        index: 4 + i,
        owner: 'cni',
        mac: macAddress(`06:00:00:00:0${node}:0${2 + i}`),
        mtu,
        up: true,
        port,
        peer: { netns: `pod/default/p${node}${letter}`, link: 'eth0' },
      }),
    ),
  ];
  const addresses = [addressOn('eth0', address, 24), addressOn('cni0', gateway(node), 24)];
  const routes: Route[] = [route('0.0.0.0/0', 'eth0', ipAddress('192.168.1.1'))];
  const neighbors: Neighbor[] = [];
  const fdb: FdbEntry[] = [];
  const tunnel = cni === 'vxlan' ? vxlanLink(node) : cni === 'geneve' ? geneveLink(node) : undefined;
  if (tunnel) {
    links.push(tunnel);
    addresses.push(addressOn(tunnel.name, ipAddress(`10.244.${node - 1}.0`), 32));
  }
  for (const other of NODES.filter((number) => number !== node)) {
    const prefix = `10.244.${other - 1}.0/24`;
    if (tunnel === undefined) routes.push(route(prefix, 'eth0', nodeAddress(other)));
    else {
      const via = ipAddress(`10.244.${other - 1}.0`);
      const key = { id: 7, remote: nodeAddress(other), ttl: 64, tos: 0, checksum: false };
      const encap = cni === 'geneve' && { encap: key };
      routes.push({ ...route(prefix, tunnel.name, via), onlink: true, ...encap });
      neighbors.push(neighborOn(tunnel.name, via, vtep(other), 'PERMANENT'));
      if (cni === 'vxlan') fdb.push(remote(other));
    }
  }
  const bridging = settings.bridgeNetfilter === false ? '0' : '1';
  const sysctls = {
    'net.ipv4.ip_forward': '1',
    'net.ipv4.conf.all.route_localnet': '1',
    'net.bridge.bridge-nf-call-iptables': bridging,
  };
  const netfilter = settings.netfilter?.(node) ?? [];
  return { ...empty(`node/node${node}`), links, addresses, routes, neighbors, fdb, sysctls, netfilter };
}

function vxlanLink(node: number): Link {
  return {
    kind: 'vxlan',
    name: 'flannel.1',
    index: 6,
    owner: 'flanneld',
    mac: vtep(node),
    mtu: 1450,
    up: true,
    vni: 1,
    local: nodeAddress(node),
    lower: 'eth0',
    destinationPort: 8472,
    learning: false,
    udpChecksum: true,
  };
}

/** As Cilium's, but with routes in its programs' stead. */
function geneveLink(node: number): Link {
  const base = { name: 'cilium_geneve', index: 6, owner: 'cilium', mac: vtep(node), mtu: 1450, up: true } as const;
  return { kind: 'geneve', ...base, destinationPort: 6081 };
}

function podMtu(cni: LabSettings['cni']): number {
  return cni === 'hostgw' ? 1500 : 1450;
}

function remote(node: number): FdbEntry {
  const mac = vtep(node);
  return {
    id: `fdb ${mac}`,
    owner: 'flanneld',
    dev: 'flannel.1',
    mac,
    self: true,
    dst: nodeAddress(node),
    state: 'permanent',
  };
}

function client(): Netns {
  const address = ipAddress('192.168.1.100');
  return {
    ...empty(CLIENT),
    links: [loopback, physical('eth0', 2, physicalMac(address), UNDERLAY, 'u-192.168.1.100')],
    addresses: [addressOn('eth0', address, 24)],
    routes: [route('0.0.0.0/0', 'eth0', ipAddress('192.168.1.1'))],
    listeners: servers('client'),
  };
}

/** The switch; as in the lab it is a bridge with an address of its own, the nodes' gateway, which forwards nothing. */
function underlay(): Netns {
  const address = ipAddress('192.168.1.1');
  const port: BridgePort = { bridge: 'br0', hairpin: false, learning: true, flood: true };
  const portTo = (name: string, index: number, netns: NetnsId, mac: string): Link => ({
    ...physical(`u-${name}`, index, macAddress(mac), netns, 'eth0'),
    port,
  });
  return {
    ...empty(UNDERLAY),
    links: [
      loopback,
      { kind: 'bridge', name: 'br0', index: 2, owner: 'host', mac: physicalMac(address), mtu: 1500, up: true },
      portTo('192.168.1.100', 3, CLIENT, '06:01:00:00:00:64'),
      ...NODES.map((node) => portTo(`node${node}`, 3 + node, `node/node${node}`, `06:01:00:00:00:0${node}`)),
    ],
    addresses: [addressOn('br0', address, 24)],
  };
}

function empty(id: NetnsId): Netns {
  return {
    id,
    links: [],
    addresses: [],
    routes: [],
    neighbors: [],
    fdb: [],
    netfilter: [],
    sysctls: {},
    listeners: [],
  };
}

const loopback: Link = {
  kind: 'loopback',
  name: 'lo',
  index: 1,
  owner: 'kernel',
  mac: macAddress('00:00:00:00:00:00'),
  mtu: 65536,
  up: true,
};

function physical(name: string, index: number, mac: MacAddress, netns: NetnsId, link: string): Link {
  return { kind: 'physical', name, index, owner: 'host', mac, mtu: 1500, up: true, peer: { netns, link } };
}

export function addressOn(link: string, address: IpAddress, prefixLength: number): InterfaceAddress {
  return { id: `${link} ${address}`, owner: 'test', link, address, prefixLength, scope: 'global' };
}

export function route(prefix: string, dev: string, via?: IpAddress): Route {
  return {
    id: `${prefix} ${dev}`,
    owner: 'test',
    table: 254,
    type: 'unicast',
    destination: ipPrefix(prefix),
    dev,
    scope: via === undefined ? 'link' : 'global',
    metric: 0,
    protocol: 'boot',
    ...(via !== undefined && { via }),
  };
}

function neighborOn(dev: string, address: IpAddress, mac: MacAddress, state: Neighbor['state']): Neighbor {
  return { id: `${dev} ${address}`, owner: 'test', dev, address, mac, state };
}

function servers(name: string): readonly Listener[] {
  const program = { type: 'identify', name } as const;
  return [
    { id: 'http', owner: 'test', protocol: 'tcp', port: 8080, program },
    { id: 'line', owner: 'test', protocol: 'udp', port: 9000, program },
  ];
}

/** Neighbour tables and bridges as if everybody had just talked with everybody they can reach directly. */
export function warmNeighbors(netns: Netns): { neighbors: readonly Neighbor[]; fdb: readonly FdbEntry[] } {
  const node = /^node\/node(\d)$/.exec(netns.id);
  const pod = /^pod\/default\/p(\d)/.exec(netns.id);
  const number = Number((node ?? pod)?.[1] ?? 0);
  const on = (dev: string, entries: readonly (readonly [IpAddress, MacAddress])[]): Neighbor[] =>
    entries.map(([address, mac]) => neighborOn(dev, address, mac, 'REACHABLE'));
  const local = number === 0 ? [] : LETTERS.map((letter) => podAddress(number, letter));
  const hosts = [ipAddress('192.168.1.1'), ipAddress('192.168.1.100'), ...NODES.map(nodeAddress)];
  const wire = hosts.map((address) => [address, physicalMac(address)] as const);
  const podEntries = local.map((address) => [address, podMac(address)] as const);
  const learned = (dev: string, master: string, mac: MacAddress): FdbEntry => ({
    id: `learned ${mac}`,
    owner: 'kernel',
    dev,
    mac,
    master,
    state: 'reachable',
  });
  if (node) {
    const fdb = LETTERS.map((letter) => learned(vethName(number, letter), 'cni0', podMac(podAddress(number, letter))));
    return { neighbors: [...on('eth0', wire), ...on('cni0', podEntries)], fdb };
  }
  if (pod) {
    const gatewayEntry = [gateway(number), podMac(gateway(number))] as const;
    return { neighbors: on('eth0', [gatewayEntry, ...podEntries]), fdb: [] };
  }
  if (netns.id === CLIENT) return { neighbors: on('eth0', wire), fdb: [] };
  const ports = NODES.map((n) => learned(`u-node${n}`, 'br0', physicalMac(nodeAddress(n))));
  const clientMac = physicalMac(ipAddress('192.168.1.100'));
  return { neighbors: on('br0', wire), fdb: [...ports, learned('u-192.168.1.100', 'br0', clientMac)] };
}
