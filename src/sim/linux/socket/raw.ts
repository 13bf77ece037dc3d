import type { IpAddress } from '../../../wire/address.ts';
import { emitEcho, Icmpv4View } from '../../../wire/icmpv4.ts';
import { IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel, Socket } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { bindFault } from './bind.ts';
import { packetIdKey } from './icmp.ts';
import { type LocalPacket, refuseTooLong, refuseWithoutRoute, sendLocal, socketTtl } from './send.ts';
import type { SocketError } from './socketError.ts';
import type { SocketOptions } from './udp.ts';

/** An ICMP packet as a raw socket hands it out. */
export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly nextHopMtu: number;
  readonly source: IpAddress;
  readonly ttl: number;
  /** IP total length. */
  readonly length: number;
}

const LARGEST_ECHO = 65535 - IPV4_HEADER_LENGTH - 8;
const NOWHERE = '0.0.0.0' as IpAddress;

/** A raw ICMP socket that sends echo requests and sees every ICMP packet of the namespace (net/ipv4/raw.c). */
export class RawIcmpSocket implements Socket {
  private readonly kernel: Kernel;
  private readonly options: SocketOptions;
  private readonly received: (message: IcmpMessage) => void;

  constructor(kernel: Kernel, options: SocketOptions, received: (message: IcmpMessage) => void) {
    this.kernel = kernel;
    this.options = options;
    this.received = received;
    kernel.sockets.openRaw(this);
  }

  /** @returns what the system call fails with, if it does. */
  sendEcho(destination: IpAddress, identifier: number, sequence: number, data: Uint8Array): SocketError | undefined {
    const { kernel, options } = this;
    const { recorder } = kernel.world;
    const label = 'echo request';
    if (data.length > LARGEST_ECHO) return 'EMSGSIZE';
    const unbound = bindFault(kernel, options);
    if (unbound !== undefined) return unbound;
    if (kernel.fib.addressType(destination) === 'BROADCAST') return 'EACCES';
    const found = kernel.stack.routeOutput(kernel, { destination, source: options.bind });
    const source = options.bind ?? (found.ok ? found.route.source : undefined);
    const insists = options.pathMtuDiscovery === 'do';
    const packet: LocalPacket = {
      by: 'socket',
      what: label,
      trace: recorder.begin({ origin: { type: 'flow' }, label, role: 'forward', exchange: options.exchange }),
      protocol: IpProtocol.icmp,
      source: source ?? NOWHERE,
      destination,
      payload: emitEcho({ type: 8, identifier, sequence }, data),
      // An unconnected socket that forbids fragments for good needs no id (ip_select_ident_segs).
      identification: insists
        ? 0
        : kernel.stack.nextIpId(kernel, packetIdKey(source ?? NOWHERE, destination, IpProtocol.icmp)),
      dontFragment: options.pathMtuDiscovery !== 'dont',
      ttl: socketTtl(kernel, options.ttl, destination),
      tos: options.tos ?? 0,
      pathMtuDiscovery: options.pathMtuDiscovery ?? 'want',
    };
    if (!found.ok) return refuseWithoutRoute(kernel, packet, found);
    if (source === undefined) return 'EADDRNOTAVAIL';
    const mtu = kernel.stack.routeMtu(kernel, found.route, destination);
    const length = IPV4_HEADER_LENGTH + packet.payload.length;
    if (insists && length > mtu) {
      refuseTooLong(kernel, packet, mtu);
      return 'EMSGSIZE';
    }
    sendLocal(kernel, { ...packet, dontFragment: packet.dontFragment && length <= mtu }, found.route);
    return undefined;
  }

  close(): void {
    this.kernel.sockets.closeRaw(this);
  }

  receive(skb: Skb): void {
    const ip = new Ipv4View(skb.bytes, skb.networkOffset);
    const { type, code, identifier, sequence, nextHopMtu } = new Icmpv4View(skb.bytes, ip.payloadOffset);
    const { source, ttl, totalLength } = ip;
    this.received({ type, code, identifier, sequence, nextHopMtu, source, ttl, length: totalLength });
  }

  /** Raw sockets read errors as the packets that they are. */
  error(): void {}
}
