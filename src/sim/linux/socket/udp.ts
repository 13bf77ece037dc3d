import { chance } from '../../../base/chance.ts';
import type { Trace } from '../../../datamodel/flow/trace.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { Icmpv4Type, UnreachableCode } from '../../../wire/icmpv4.ts';
import { IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH, UdpView } from '../../../wire/udp.ts';
import { calledByProgram, translateSocket } from '../ebpf/programs.ts';
import type { SocketNote, SocketRefusal, SocketTranslation } from '../ebpf/socketTranslation.ts';
import type { Kernel, RouteResult, Socket, SocketEnd } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { bindFault, portFault } from './bind.ts';
import { packetIdKey } from './icmp.ts';
import { ephemeralPort } from './port.ts';
import { deliver } from './record.ts';
import {
  defaultTtl,
  type LocalPacket,
  refuseByProgram,
  refuseTooLong,
  refuseWithoutRoute,
  sendLocal,
  socketTtl,
} from './send.ts';
import { icmpMeaning, type SocketError } from './socketError.ts';

const LARGEST_DATAGRAM = 65535 - IPV4_HEADER_LENGTH - UDP_HEADER_LENGTH;

/** What a program sets on its socket before it sends. */
export interface SocketOptions {
  readonly bind?: IpAddress | undefined;
  readonly sourcePort?: number | undefined;
  readonly ttl?: number | undefined;
  readonly tos?: number | undefined;
  readonly pathMtuDiscovery?: 'do' | 'dont' | undefined;
  readonly exchange: Trace['exchange'];
}

export interface DatagramEvents {
  datagram(payload: Uint8Array): void;
  failed(error: SocketError): void;
}

/** A connected UDP socket: one peer, errors reported (net/ipv4/udp.c, net/ipv4/datagram.c). */
export class UdpClientSocket implements Socket {
  private local: SocketEnd | undefined;
  private readonly kernel: Kernel;
  private remote: SocketEnd;
  private translation: SocketTranslation | undefined;
  /** Told with the next packet. */
  private readonly notes: SocketNote[] = [];
  private readonly options: SocketOptions;
  private readonly events: DatagramEvents;

  constructor(kernel: Kernel, remote: SocketEnd, options: SocketOptions, events: DatagramEvents) {
    this.kernel = kernel;
    this.remote = remote;
    this.options = options;
    this.events = events;
  }

  /** Sends one datagram, connecting first. @returns what the system call fails with, if it does. */
  send(payload: Uint8Array, what: string): SocketError | undefined {
    const { kernel, options } = this;
    const unbound = bindFault(kernel, options);
    if (unbound !== undefined) return unbound;
    const refused = this.local ? undefined : this.translate();
    if (refused) {
      refuseByProgram(kernel, this.packet(NO_END, payload, what), refused.refused);
      return refused.error;
    }
    const { remote } = this;
    // connect() to a broadcast address needs SO_BROADCAST.
    if (kernel.fib.addressType(remote.address) === 'BROADCAST') return 'EACCES';
    const source = this.local?.address ?? options.bind;
    const found = kernel.stack.routeOutput(kernel, { destination: remote.address, source });
    if (!found.ok) return refuseWithoutRoute(kernel, { ...this.packet(NO_END, payload, what), source }, found);
    const local = this.local ?? this.connect(found.route);
    if (typeof local === 'string') return local;
    if (payload.length > LARGEST_DATAGRAM) return 'EMSGSIZE';
    const packet = this.packet(local, payload, what);
    const mtu = kernel.stack.routeMtu(kernel, found.route, remote.address);
    const length = IPV4_HEADER_LENGTH + packet.payload.length;
    if (options.pathMtuDiscovery === 'do' && length > mtu) {
      refuseTooLong(kernel, packet, mtu);
      return 'EMSGSIZE';
    }
    sendLocal(kernel, { ...packet, dontFragment: mayForbidFragments(options) && length <= mtu }, found.route);
    return undefined;
  }

  close(): void {
    if (this.local) this.kernel.sockets.disconnect('udp', this.local, this.remote);
  }

  receive(skb: Skb): void {
    const { kernel, translation } = this;
    const called = translation && calledByProgram(kernel, 'cgroup/recvmsg4', 'udp', translation);
    if (called) kernel.world.recorder.step(kernel.id, skb, called.detail, { entry: called.entry });
    deliver(kernel, skb, 'socket', `UDP socket ${this.local?.port ?? ''}`.trim());
    this.events.datagram(payloadOf(skb));
  }

  error(type: number, code: number, info: number): void {
    const meaning = icmpMeaning(type, code);
    if (meaning === undefined) return;
    if (type === Icmpv4Type.destinationUnreachable && code === UnreachableCode.fragmentationNeeded) {
      this.kernel.stack.learnPathMtu(this.kernel, this.remote.address, info);
      if (mayForbidFragments(this.options)) this.events.failed('EMSGSIZE');
    } else if (meaning.fatal) this.events.failed(meaning.error);
  }

  /** connect()'s programs. @returns what they say when they let the call fail. */
  private translate(): SocketRefusal | undefined {
    const translated = this.translation
      ? undefined
      : translateSocket(this.kernel, 'cgroup/connect4', 'udp', this.remote);
    if (translated === undefined) return undefined;
    if ('refused' in translated) return translated;
    this.translation = translated;
    this.remote = translated.backend;
    this.notes.push(translated.note);
    return undefined;
  }

  private connect(route: RouteResult): SocketEnd | SocketError {
    const { kernel, remote, options } = this;
    const address = options.bind ?? route.source;
    if (address === undefined) return 'EADDRNOTAVAIL';
    const inUse = portFault(kernel, 'udp', address, options);
    if (inUse !== undefined) return inUse;
    const port = options.sourcePort ?? ephemeralPort(kernel, 'udp', address, remote);
    if (port === undefined) return 'EADDRNOTAVAIL';
    this.local = { address, port };
    kernel.sockets.connect('udp', this.local, remote, this);
    return this.local;
  }

  private packet(local: SocketEnd, payload: Uint8Array, what: string): LocalPacket {
    const { kernel, remote, options } = this;
    const { recorder, seed } = kernel.world;
    const addresses = { source: local.address, destination: remote.address };
    const ports = { sourcePort: local.port, destinationPort: remote.port };
    const ends = [kernel.id, local.address, local.port, remote.address, remote.port] as const;
    return {
      by: 'socket',
      what,
      trace: recorder.begin({ origin: { type: 'flow' }, label: what, role: 'forward', exchange: options.exchange }),
      protocol: IpProtocol.udp,
      ...addresses,
      payload: emitUdp(ports, payload.subarray(0, LARGEST_DATAGRAM), addresses),
      identification: kernel.stack.nextIpId(kernel, `udp ${ends.join(' ')}`),
      dontFragment: mayForbidFragments(options),
      ttl: socketTtl(kernel, options.ttl, remote.address),
      tos: options.tos ?? 0,
      socketHash: chance(seed, 'txhash', ...ends),
      pathMtuDiscovery: options.pathMtuDiscovery ?? 'want',
      notes: this.notes.splice(0),
    };
  }
}

/** What a program behind a UDP listener does with a datagram; `reply` answers its sender. */
export type DatagramHandler = (payload: Uint8Array, from: SocketEnd, reply: (payload: Uint8Array) => void) => void;

/** An unconnected UDP socket of a server. Answers leave from the address that routing chooses unless it is bound. */
export class UdpServerSocket implements Socket {
  private readonly kernel: Kernel;
  private readonly listener: Listener;
  private readonly name: string;
  private readonly handler: DatagramHandler;

  constructor(kernel: Kernel, listener: Listener, name: string, handler: DatagramHandler) {
    this.kernel = kernel;
    this.listener = listener;
    this.name = name;
    this.handler = handler;
  }

  receive(skb: Skb): void {
    const ip = new Ipv4View(skb.bytes, skb.networkOffset);
    const udp = new UdpView(skb.bytes, ip.payloadOffset);
    const from: SocketEnd = { address: ip.source, port: udp.sourcePort };
    const port = udp.destinationPort;
    const entry = { netns: this.kernel.id, table: 'listener' as const, id: this.listener.id };
    deliver(this.kernel, skb, 'socket', this.name, entry);
    this.handler(payloadOf(skb), from, (payload) => this.reply(payload, port, from, skb));
  }

  /** Errors about unconnected sockets' packets are not reported (no IP_RECVERR). */
  error(type: number, code: number, info: number, skb: Skb): void {
    if (type !== Icmpv4Type.destinationUnreachable || code !== UnreachableCode.fragmentationNeeded) return;
    const ip = new Ipv4View(skb.bytes, skb.networkOffset);
    const quote = new Ipv4View(skb.bytes, ip.payloadOffset + 8);
    this.kernel.stack.learnPathMtu(this.kernel, quote.destination, info);
  }

  private reply(payload: Uint8Array, port: number, asked: SocketEnd, cause: Skb): void {
    const { kernel } = this;
    const { recorder } = kernel.world;
    const translated = translateSocket(kernel, 'cgroup/sendmsg4', 'udp', asked);
    const to = translated && 'backend' in translated ? translated.backend : asked;
    const found = kernel.stack.routeOutput(kernel, { destination: to.address, source: this.listener.address });
    const source = this.listener.address ?? (found.ok ? found.route.source : undefined);
    const exchange = recorder.exchangeOf(cause.meta.trace);
    const label = exchange === 'dns' ? 'DNS answer' : 'UDP answer';
    const role = recorder.roleOf(cause.meta.trace) === 'forward' ? 'reply' : 'forward';
    const addresses = { source: source ?? NO_END.address, destination: to.address };
    const packet: LocalPacket = {
      by: 'socket',
      what: label,
      trace: recorder.beginCaused(cause, label, role),
      protocol: IpProtocol.udp,
      ...addresses,
      payload: emitUdp({ sourcePort: port, destinationPort: to.port }, payload, addresses),
      identification: kernel.stack.nextIpId(kernel, packetIdKey(addresses.source, to.address, IpProtocol.udp)),
      dontFragment: true,
      ttl: defaultTtl(kernel),
      tos: 0,
      pathMtuDiscovery: 'want',
      ...(translated && 'note' in translated && { notes: [translated.note] }),
    };
    if (translated && 'refused' in translated) {
      refuseByProgram(kernel, packet, translated.refused);
      return;
    }
    if (!found.ok) {
      refuseWithoutRoute(kernel, packet, found);
      return;
    }
    const mtu = kernel.stack.routeMtu(kernel, found.route, to.address);
    const dontFragment = IPV4_HEADER_LENGTH + packet.payload.length <= mtu;
    sendLocal(kernel, { ...packet, dontFragment }, found.route);
  }
}

const NO_END: SocketEnd = { address: '0.0.0.0' as IpAddress, port: 0 };

function mayForbidFragments(options: SocketOptions): boolean {
  return options.pathMtuDiscovery !== 'dont';
}

function payloadOf(skb: Skb): Uint8Array {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  return new UdpView(skb.bytes, ip.payloadOffset).payload().slice();
}
