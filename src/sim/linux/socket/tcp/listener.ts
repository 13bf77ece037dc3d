import type { Listener } from '../../../../datamodel/network/listener.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { TcpFlag, TcpView } from '../../../../wire/tcp.ts';
import type { Kernel, Socket } from '../../kernel.ts';
import type { Skb } from '../../skb.ts';
import { deliver, drop } from '../record.ts';
import type { TcpEvents } from './control.ts';
import { sendReset } from './reset.ts';
import { has, readSegment } from './segment.ts';
import { TcpSocket } from './socket.ts';

/** A listening TCP socket: makes a connection of every SYN (net/ipv4/tcp_input.c, tcp_conn_request). */
export class TcpListener implements Socket {
  private readonly kernel: Kernel;
  private readonly listener: Listener;
  private readonly name: string;
  private readonly accept: (socket: TcpSocket, peer: TcpPeer) => TcpEvents;

  constructor(
    kernel: Kernel,
    listener: Listener,
    name: string,
    accept: (socket: TcpSocket, peer: TcpPeer) => TcpEvents,
  ) {
    this.kernel = kernel;
    this.listener = listener;
    this.name = name;
    this.accept = accept;
  }

  receive(skb: Skb): void {
    const { kernel } = this;
    const segment = readSegment(skb);
    if (segment === undefined) {
      drop(kernel, skb, 'PKT_TOO_SMALL', 'the TCP header or its options are malformed');
      return;
    }
    if (has(segment, TcpFlag.rst)) {
      drop(kernel, skb, 'TCP_RESET', 'no connection that it could reset');
      return;
    }
    if (has(segment, TcpFlag.ack)) {
      drop(kernel, skb, 'NO_SOCKET', 'a listening socket has no connection that it belongs to');
      sendReset(kernel, skb, segment);
      return;
    }
    if (!has(segment, TcpFlag.syn) || has(segment, TcpFlag.fin)) {
      drop(kernel, skb, 'TCP_FLAGS', 'only a SYN opens a connection');
      return;
    }
    const ip = new Ipv4View(skb.bytes, skb.networkOffset);
    const view = new TcpView(skb.bytes, ip.payloadOffset);
    const local = { address: ip.destination, port: view.destinationPort };
    const remote = { address: ip.source, port: view.sourcePort };
    const { recorder } = kernel.world;
    const role = recorder.roleOf(skb.meta.trace) === 'forward' ? 'reply' : 'forward';
    const exchange = recorder.exchangeOf(skb.meta.trace);
    const entry = { netns: kernel.id, table: 'listener' as const, id: this.listener.id };
    deliver(kernel, skb, 'socket', this.name, entry);
    TcpSocket.accept(kernel, { local, remote, role, exchange, name: this.name, entry }, segment, skb, (socket) =>
      this.accept(socket, remote),
    );
  }

  /** Nothing is under way from a listener. */
  error(): void {}
}

export interface TcpPeer {
  readonly address: string;
  readonly port: number;
}
