import type { Listener } from '../../../../datamodel/network/listener.ts';
import type { Netns, Resolver } from '../../../../datamodel/network/netns.ts';
import type { Route } from '../../../../datamodel/network/tables.ts';
import { hostPrefix, type IpAddress, ipAddress } from '../../../../wire/address.ts';
import { emitIcmpError } from '../../../../wire/icmpv4.ts';
import { emitIpv4, IpProtocol, Ipv4View } from '../../../../wire/ipv4.ts';
import { EventQueue } from '../../eventQueue.ts';
import { installLateParts } from '../../installLateParts.ts';
import type { IcmpError, Kernel, RouteResult, Socket, Stack, World } from '../../kernel.ts';
import { bootSockets } from '../../program/bootSockets.ts';
import { Recorder } from '../../recorder.ts';
import { Skb } from '../../skb.ts';
import { transportReceive } from '../deliver.ts';
import { SocketTable } from '../table.ts';

installLateParts();

export const CLIENT = ipAddress('10.0.0.1');
export const SERVER = ipAddress('10.0.0.2');

/** A packet on the wire between the two, and what became of it. */
export interface Wire {
  readonly from: IpAddress;
  readonly time: number;
  readonly bytes: Uint8Array;
}

/** What the wire does to a packet: pass it, lose it, deliver it late, or say that it is too long. */
export type Fate =
  | { readonly type: 'pass'; readonly delay?: number }
  | { readonly type: 'lose' }
  | { readonly type: 'too-long'; readonly mtu: number }
  | { readonly type: 'error'; readonly error: IcmpError };

export interface TwoKernelsSetup {
  readonly listeners?: readonly Listener[];
  /** What stands behind the server's listeners, when not the programs that they name. */
  readonly open?: (kernel: Kernel, listener: Listener) => Socket;
  readonly mtu?: number;
  readonly seed?: number;
  readonly resolver?: Resolver;
  readonly pick?: World['pick'];
  /** No route from the client. */
  readonly routeless?: boolean;
  /** Sees every packet as it leaves its socket. */
  readonly sent?: (skb: Skb) => void;
  readonly fate?: (packet: Ipv4View, number: number) => Fate;
}

export interface TwoKernels {
  readonly world: World;
  readonly client: Kernel;
  readonly server: Kernel;
  readonly wire: readonly Wire[];
}

const DELAY = 30_000;

/** Two kernels with real sockets over a stack that is one wire: no bridge, no ARP, no netfilter. */
export function twoKernels(setup: TwoKernelsSetup = {}): TwoKernels {
  const queue = new EventQueue(0);
  const recorder = new Recorder(() => queue.now);
  const kernels = new Map<string, Kernel>();
  const byAddress = new Map<IpAddress, Kernel>();
  const world: World = {
    queue,
    recorder,
    seed: setup.seed ?? 1,
    bootSeed: 1,
    ...(setup.pick && { pick: setup.pick }),
    kernel: (id) => kernels.get(id),
  };
  const wire: Wire[] = [];
  const ids = new Map<string, number>();
  let packets = 0;

  const send = (kernel: Kernel, skb: Skb): void => {
    const packet = new Ipv4View(skb.bytes, skb.networkOffset);
    wire.push({ from: packet.source, time: queue.now, bytes: skb.bytes.slice() });
    setup.sent?.(skb);
    const fate = setup.fate?.(packet, packets++) ?? { type: 'pass' };
    if (fate.type === 'lose') {
      lost(kernel, skb);
      return;
    }
    if (fate.type === 'too-long' || fate.type === 'error') {
      const error = fate.type === 'error' ? fate.error : { type: 3, code: 4, nextHopMtu: fate.mtu };
      reportBack(kernel, skb, error);
      lost(kernel, skb);
      return;
    }
    const target = byAddress.get(packet.destination);
    if (target === undefined) {
      lost(kernel, skb);
      return;
    }
    const delay = fate.type === 'pass' ? (fate.delay ?? DELAY) : DELAY;
    queue.schedule(delay, () => target.stack.transportReceive(target, arrived(skb)));
  };

  const lost = (kernel: Kernel, skb: Skb): void => {
    recorder.end(skb, { type: 'dropped', netns: kernel.id, reason: 'NOT_SPECIFIED', because: 'the wire lost it' });
  };

  const reportBack = (kernel: Kernel, skb: Skb, error: IcmpError): void => {
    const packet = new Ipv4View(skb.bytes, skb.networkOffset);
    const trace = recorder.beginCaused(skb, 'ICMP error', 'error');
    const bytes = emitIpv4(
      {
        tos: 0xc0,
        identification: 1,
        dontFragment: false,
        moreFragments: false,
        fragmentOffset: 0,
        ttl: 64,
        protocol: IpProtocol.icmp,
        source: ipAddress('10.0.0.254'),
        destination: packet.source,
      },
      emitIcmpError(error, skb.bytes.slice(packet.offset, packet.offset + Math.min(packet.totalLength, 548))),
    );
    const answer = new Skb(bytes, 'ip', { trace, mark: 0, packetType: 'host', pass: 'host', direction: 'up' });
    queue.schedule(DELAY, () => transportReceive(kernel, answer));
  };

  const never = (): never => {
    throw new Error('not part of this stack');
  };
  const stack: Stack = {
    transmit: never,
    receive: never,
    ipReceive: never,
    ipLocalOut: send,
    ipOutput: never,
    neighborOutput: never,
    neighborMac: () => undefined,
    arpReceive: never,
    icmpSend(kernel, skb, error) {
      const packet = new Ipv4View(skb.bytes, skb.networkOffset);
      const sender = byAddress.get(packet.source);
      if (sender) reportBack(sender, skb, error);
      return kernel !== sender;
    },
    runHook: () => 'accept',
    defragment: (_kernel, skb) => skb,
    routeOutput(kernel, query) {
      if (setup.routeless && kernel.id === 'client') return { ok: false, error: 'ENETUNREACH' };
      return { ok: true, route: routeOf(query.destination, kernel === byAddress.get(CLIENT) ? CLIENT : SERVER) };
    },
    routeMtu: (kernel, _route, destination) =>
      Math.min(setup.mtu ?? 1500, kernel.pathMtus.get(destination)?.mtu ?? 65535),
    learnPathMtu(kernel, destination, mtu) {
      kernel.pathMtus.set(destination, { id: destination, destination, mtu, expires: queue.now + 600e9 });
    },
    nextIpId(_kernel, key) {
      const id = (ids.get(key) ?? 0x1000) + 1;
      ids.set(key, id);
      return id & 0xffff || 1;
    },
    tunnelReceive: () => false,
    transportReceive,
  };

  const open = (kernel: Kernel, listener: Listener): Socket => setup.open?.(kernel, listener) ?? never();

  const boot = (id: string, address: IpAddress, listeners: readonly Listener[]): Kernel => {
    const config: Netns = {
      id,
      links: [],
      addresses: [],
      routes: [],
      neighbors: [],
      fdb: [],
      netfilter: [],
      sysctls: {},
      listeners,
      ...(setup.resolver && { resolver: setup.resolver }),
    };
    const kernel: Kernel = {
      id,
      world,
      stack,
      config,
      links: new Map(),
      uplinks: new Set(),
      fib: {
        lookup: () => undefined,
        addressType: (asked) => (asked === address ? 'LOCAL' : 'UNICAST'),
        selectSource: () => address,
        addressesOf: () => [address],
      },
      neighbors: new Map(),
      fdb: new Map(),
      connections: new Map(),
      recent: new Map(),
      ipvs: { connections: new Map(), scheduling: new Map() },
      ebpf: new Map(),
      wireguard: new Map(),
      fragments: new Map(),
      pathMtus: new Map(),
      ipIds: new Map(),
      sockets: setup.open
        ? new SocketTable(listeners, (listener) => open(kernel, listener))
        : bootSockets(listeners, () => kernel),
    };
    kernels.set(id, kernel);
    byAddress.set(address, kernel);
    return kernel;
  };
  const client = boot('client', CLIENT, []);
  const server = boot('server', SERVER, setup.listeners ?? []);
  return { world, client, server, wire };
}

function arrived(skb: Skb): Skb {
  const { trace } = skb.meta;
  return new Skb(skb.bytes.slice(), skb.link, { trace, mark: 0, packetType: 'host', pass: 'host', direction: 'up' });
}

function routeOf(destination: IpAddress, source: IpAddress): RouteResult {
  const route: Route = {
    id: 'route',
    owner: 'kernel',
    table: 254,
    type: 'unicast',
    destination: hostPrefix(destination),
    dev: 'eth0',
    scope: 'link',
    metric: 0,
    protocol: 'kernel',
  };
  return { route, dev: 'eth0', nextHop: destination, source };
}

/** A program that says who it is, on the port. */
export function identifyListener(protocol: 'tcp' | 'udp', port: number, name = 'web'): Listener {
  return { id: `${protocol}-${port}`, owner: 'test', protocol, port, program: { type: 'identify', name } };
}
