import type { Listener } from '../../../datamodel/network/listener.ts';
import type { TransportName as Protocol } from '../../../datamodel/network/netfilter.ts';
import type { Socket, SocketEnd, Sockets } from '../kernel.ts';

/**
 * The sockets of one namespace: connected ones by both ends, listeners by what they are bound to, raw ones in a row.
 *
 * Listeners are opened when their first packet comes. Imitates inet_lookup (net/ipv4/inet_hashtables.c).
 */
export class SocketTable implements Sockets {
  private readonly connected = new Map<string, Socket>();
  /** How many connected sockets hold a local end. */
  private readonly ends = new Map<string, number>();
  private readonly listeners = new Map<string, Listener>();
  private readonly opened = new Map<Listener, Socket>();
  private readonly rawSockets = new Set<Socket>();
  /** UDP ports that a client had: no program on "every port" has them, or two such hosts would answer each other for ever. */
  private readonly clientPorts = new Set<number>();
  private draws = 0;
  private readonly open: (listener: Listener) => Socket;

  constructor(listeners: readonly Listener[], open: (listener: Listener) => Socket) {
    this.open = open;
    this.listen(listeners);
  }

  listen(listeners: readonly Listener[]): void {
    this.listeners.clear();
    for (const listener of listeners) {
      const key = boundKey(listener.protocol, listener.address ?? '*', listener.port);
      if (!this.listeners.has(key)) this.listeners.set(key, listener);
    }
  }

  find(protocol: Protocol, local: SocketEnd, remote: SocketEnd): Socket | undefined {
    const connected = this.connected.get(connectedKey(protocol, local, remote));
    if (connected) return connected;
    const listener = this.listener(protocol, local);
    return listener && this.socketOf(listener);
  }

  raw(): readonly Socket[] {
    return [...this.rawSockets];
  }

  taken(protocol: Protocol, local: SocketEnd): boolean {
    if (this.ends.has(boundKey(protocol, local.address, local.port))) return true;
    const listener = this.listener(protocol, local);
    // A listener on port 0 stands for programs we know nothing of; their ports are not reserved.
    return listener !== undefined && listener.port !== 0;
  }

  connect(protocol: Protocol, local: SocketEnd, remote: SocketEnd, socket: Socket): void {
    this.connected.set(connectedKey(protocol, local, remote), socket);
    if (protocol === 'udp') this.clientPorts.add(local.port);
    const end = boundKey(protocol, local.address, local.port);
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
  }

  disconnect(protocol: Protocol, local: SocketEnd, remote: SocketEnd): void {
    if (!this.connected.delete(connectedKey(protocol, local, remote))) return;
    const end = boundKey(protocol, local.address, local.port);
    const left = (this.ends.get(end) ?? 1) - 1;
    if (left > 0) this.ends.set(end, left);
    else this.ends.delete(end);
  }

  nextDraw(): number {
    return this.draws++;
  }

  openRaw(socket: Socket): void {
    this.rawSockets.add(socket);
  }

  closeRaw(socket: Socket): void {
    this.rawSockets.delete(socket);
  }

  /** The most specific listener: its own address before any, its own port before "every port". */
  private listener(protocol: Protocol, local: SocketEnd): Listener | undefined {
    const bound = this.boundTo(protocol, local.address, local.port);
    if (bound || (protocol === 'udp' && this.clientPorts.has(local.port))) return bound;
    return this.boundTo(protocol, local.address, 0);
  }

  private boundTo(protocol: Protocol, address: string, port: number): Listener | undefined {
    return this.listeners.get(boundKey(protocol, address, port)) ?? this.listeners.get(boundKey(protocol, '*', port));
  }

  private socketOf(listener: Listener): Socket {
    const known = this.opened.get(listener);
    if (known) return known;
    const socket = this.open(listener);
    this.opened.set(listener, socket);
    return socket;
  }
}

function connectedKey(protocol: Protocol, local: SocketEnd, remote: SocketEnd): string {
  return `${protocol} ${local.address}:${local.port} ${remote.address}:${remote.port}`;
}

function boundKey(protocol: Protocol, address: string, port: number): string {
  return `${protocol} ${address}:${port}`;
}
