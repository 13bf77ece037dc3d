import type { Capture, Trace } from '../../../datamodel/flow/trace.ts';
import type { BridgePort, Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { Neighbor } from '../../../datamodel/network/tables.ts';
import { type IpAddress, ipAddress, ipPrefix, macAddress } from '../../../wire/address.ts';
import { emitIpv4, type Ipv4Fields } from '../../../wire/ipv4.ts';
import { emitUdp } from '../../../wire/udp.ts';
import { bootKernel } from '../boot.ts';
import { EventQueue } from '../eventQueue.ts';
import type { Kernel, World } from '../kernel.ts';
import { NOTHING_LEARNED } from '../learned.ts';
import { Recorder } from '../recorder.ts';
import { withKernelRoutes } from '../route/kernelRoutes.ts';
import { Skb } from '../skb.ts';
import { addressOn } from './lab.ts';

/** A world of a few namespaces whose packets tests make by hand. */
export interface SmallWorld {
  readonly world: World;
  kernel(id: NetnsId): Kernel;
  /** A packet with a trace of its own, and nothing done to it yet. */
  skb(bytes: Uint8Array, link: 'ethernet' | 'ip'): Skb;
  /** Sends an IPv4 packet out of a namespace by its own routes. */
  send(id: NetnsId, packet: Uint8Array): Skb;
  /** Lets a frame arrive at a device. */
  arrive(id: NetnsId, device: string, frame: Uint8Array): Skb;
  run(): void;
  captures(): readonly Capture[];
  /** `NETNS DEVICE in|out` in order. */
  taps(): readonly string[];
  traces(): readonly Trace[];
}

export function smallWorld(...namespaces: readonly Netns[]): SmallWorld {
  const queue = new EventQueue(0);
  const recorder = new Recorder(() => queue.now);
  const configured = new Map(namespaces.map((netns) => [netns.id, withKernelRoutes(netns)]));
  const kernels = new Map<NetnsId, Kernel>();
  const world: World = {
    queue,
    recorder,
    seed: 11,
    bootSeed: 11,
    kernel(id) {
      const netns = configured.get(id);
      if (netns === undefined) return undefined;
      const kernel = kernels.get(id) ?? bootKernel(world, netns, NOTHING_LEARNED);
      kernels.set(id, kernel);
      return kernel;
    },
  };
  const kernelOf = (id: NetnsId): Kernel => {
    const kernel = world.kernel(id);
    if (kernel === undefined) throw new Error(`No namespace ${id}`);
    return kernel;
  };
  const begin = (bytes: Uint8Array, link: 'ethernet' | 'ip'): Skb => {
    const trace = recorder.begin({ origin: { type: 'flow' }, label: 'test', role: 'forward', exchange: 'flow' });
    return new Skb(bytes, link, { trace, mark: 0, packetType: 'host', pass: 'host', direction: 'down' });
  };
  return {
    world,
    kernel: kernelOf,
    skb: begin,
    send(id, packet) {
      const kernel = kernelOf(id);
      const skb = begin(packet, 'ip');
      const destination = ipAddress([...packet.subarray(16, 20)].join('.'));
      const found = kernel.stack.routeOutput(kernel, { destination });
      if (!found.ok) throw new Error(found.error);
      kernel.stack.ipLocalOut(kernel, skb, found.route);
      return skb;
    },
    arrive(id, device, frame) {
      const kernel = kernelOf(id);
      const link = kernel.links.get(device);
      if (link === undefined) throw new Error(`No device ${device}`);
      const skb = begin(frame, 'ethernet');
      kernel.stack.receive(kernel, skb, link);
      return skb;
    },
    run() {
      if (queue.run(100_000)) throw new Error('The world did not come to rest');
    },
    captures: () => recorder.captures,
    taps: () => recorder.captures.map(({ netns, device, direction }) => `${netns} ${device} ${direction}`),
    traces: () => recorder.finish(),
  };
}

export function namespace(id: NetnsId, change: Partial<Netns> = {}): Netns {
  const nothing = { addresses: [], routes: [], neighbors: [], fdb: [], netfilter: [], sysctls: {}, listeners: [] };
  return { id, links: [], ...nothing, ...change };
}

export function veth(name: string, index: number, mac: string, peer: string, change: Partial<Link> = {}): Link {
  const [netns = '', link = ''] = peer.split('|');
  const base = { kind: 'veth', name, index, owner: 'test', mac: macAddress(mac), mtu: 1500, up: true } as const;
  return { ...base, peer: { netns, link }, ...change } as Link;
}

export function bridge(name: string, index: number, mac: string, mtu = 1500): Link {
  return { kind: 'bridge', name, index, owner: 'test', mac: macAddress(mac), mtu, up: true };
}

export const loopback: Link = {
  kind: 'loopback',
  name: 'lo',
  index: 1,
  owner: 'kernel',
  mac: macAddress('00:00:00:00:00:00'),
  mtu: 65536,
  up: true,
};

export function portOf(name: string, change: Partial<BridgePort> = {}): { readonly port: BridgePort } {
  return { port: { bridge: name, hairpin: false, learning: true, flood: true, ...change } };
}

/** `10.0.0.1/24 eth0` */
export function address(text: string): ReturnType<typeof addressOn> {
  const [prefix = '', dev = ''] = text.split(' ');
  const { address: ip, length } = ipPrefix(prefix);
  return addressOn(dev, ip, length);
}

export function permanent(dev: string, ip: string, mac: string): Neighbor {
  const written = { id: `${dev} ${ip}`, owner: 'test', dev, state: 'PERMANENT' } as const;
  return { ...written, address: ipAddress(ip), mac: macAddress(mac) };
}

/** A UDP packet; ports 1111 to 2222 unless said otherwise. */
export function udpPacket(from: string, to: string, payload: number, change: Partial<Ipv4Fields> = {}): Uint8Array {
  const source: IpAddress = ipAddress(from);
  const destination: IpAddress = ipAddress(to);
  const data = Uint8Array.from({ length: payload }, (_, i) => i & 255);
  const udp = emitUdp({ sourcePort: 1111, destinationPort: 2222 }, data, { source, destination });
  const fields = { tos: 0, identification: 77, dontFragment: false, moreFragments: false, fragmentOffset: 0, ttl: 64 };
  return emitIpv4({ ...fields, protocol: 17, source, destination, ...change }, udp);
}
