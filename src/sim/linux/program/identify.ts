import type { Listener } from '../../../datamodel/network/listener.ts';
import type { Kernel, Socket } from '../kernel.ts';
import { lateParts } from '../lateParts.ts';
import { sctpModule } from '../sctp/module.ts';
import type { TcpEvents } from '../socket/tcp/control.ts';
import { TcpListener, type TcpPeer } from '../socket/tcp/listener.ts';
import type { TcpSocket } from '../socket/tcp/socket.ts';
import { HttpMessage, httpAnswer } from './http.ts';
import { THINKING_TIME } from './pace.ts';

/** A server that says who it is, whom it saw, and how many bytes it got: HTTP over TCP, or one line over UDP. */
export function identifySocket(kernel: Kernel, listener: Listener, name: string): Socket {
  const what = `server ${name}`;
  if (listener.protocol === 'tcp') {
    return new TcpListener(kernel, listener, what, (socket, peer) => new Conversation(kernel, name, socket, peer));
  }
  const sctp = listener.protocol === 'sctp' ? sctpModule() : undefined;
  if (sctp) return sctp.openListener(kernel, listener, name);
  return lateParts().identifyDatagrams(kernel, listener, name);
}

/** What such a server says. */
export function identity(name: string, from: TcpPeer, bytes: number): string {
  return `pod=${name} saw=${from.address}:${from.port} got=${bytes}\n`;
}

/** One accepted connection: a request, its answer, and then the peer's word. */
class Conversation implements TcpEvents {
  private readonly kernel: Kernel;
  private readonly name: string;
  private readonly socket: TcpSocket;
  private readonly peer: TcpPeer;
  private readonly request = new HttpMessage();
  private answered = false;

  constructor(kernel: Kernel, name: string, socket: TcpSocket, peer: TcpPeer) {
    this.kernel = kernel;
    this.name = name;
    this.socket = socket;
    this.peer = peer;
  }

  connected(): void {}

  data(bytes: Uint8Array): void {
    this.request.add(bytes);
    if (this.answered || !this.request.complete) return;
    this.answered = true;
    const body = identity(this.name, this.peer, this.request.bodyLength);
    this.kernel.world.queue.schedule(THINKING_TIME, () => this.socket.send(httpAnswer(body), 'HTTP response'));
  }

  ended(): void {
    this.kernel.world.queue.schedule(THINKING_TIME, () => this.socket.close());
  }

  failed(): void {}
}
