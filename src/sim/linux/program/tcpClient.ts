import type { Outcome } from '../../../datamodel/flow/trace.ts';
import type { Timer } from '../eventQueue.ts';
import type { TcpEvents } from '../socket/tcp/control.ts';
import { TcpSocket } from '../socket/tcp/socket.ts';
import { type ClientTask, failure, socketOptions, validPort } from './client.ts';
import { HttpMessage, httpRequest } from './http.ts';
import { THINKING_TIME } from './pace.ts';

const TEXT_LIMIT = 200;

/**
 * Opens one TCP connection after the other.
 *
 * `http` sends a request and reads the answer; `tcp` sends its bytes, closes its side and waits for the peer to close.
 * Later connections of a flow with a given source port use the ports after it, as the first one's is still in TIME_WAIT.
 */
export function startTcp(task: ClientTask): void {
  const { flow, report, kernel } = task;
  if (!validPort(flow.port)) {
    report({ type: 'unreachable', text: 'TCP needs a port from 1 to 65535' });
    return;
  }
  let connections = 0;
  const next = (): void => {
    const sourcePort = flow.sourcePort === undefined ? undefined : ((flow.sourcePort - 1 + connections) % 65535) + 1;
    connections++;
    new Connection(task, sourcePort, (outcome) => {
      report(outcome);
      if (connections < flow.repeat) kernel.world.queue.schedule(THINKING_TIME, next);
    }).start();
  };
  next();
}

/** One connection of a client program, from connect() to close(). */
class Connection implements TcpEvents {
  private readonly task: ClientTask;
  private readonly sourcePort: number | undefined;
  private readonly report: (outcome: Outcome) => void;
  private readonly answer = new HttpMessage();
  private socket: TcpSocket | undefined;
  private timer: Timer | undefined;
  private over = false;

  constructor(task: ClientTask, sourcePort: number | undefined, report: (outcome: Outcome) => void) {
    this.task = task;
    this.sourcePort = sourcePort;
    this.report = report;
  }

  start(): void {
    const { kernel, flow, address, patience } = this.task;
    const options = { ...socketOptions(flow), sourcePort: this.sourcePort };
    this.wait(patience.connect, 'no answer to the SYN');
    const socket = TcpSocket.connect(kernel, { address, port: flow.port ?? 0 }, options, this);
    if (socket instanceof TcpSocket) this.socket = socket;
    else this.finish(failure(socket.error));
  }

  connected(): void {
    this.wait(this.task.patience.answer, 'connected, but no answer came');
    this.later(() => this.speak());
  }

  data(bytes: Uint8Array): void {
    if (this.task.flow.as !== 'http') return;
    this.answer.add(bytes);
    if (!this.answer.complete) {
      this.wait(this.task.patience.answer, 'the answer stopped half-way');
      return;
    }
    this.finish({ type: 'answered', text: this.answer.text(TEXT_LIMIT).trim() });
  }

  ended(): void {
    const { flow } = this.task;
    const peer = this.socket?.peer ?? { address: this.task.address, port: flow.port };
    if (flow.as === 'tcp') this.finish({ type: 'answered', text: `connected to ${peer.address}:${peer.port}` });
    else this.finish({ type: 'reset', text: 'the server closed the connection before it answered' });
  }

  failed(error: Parameters<TcpEvents['failed']>[0]): void {
    this.finish(failure(error));
  }

  private speak(): void {
    const { flow } = this.task;
    if (this.over) return;
    if (flow.as === 'http')
      this.socket?.send(httpRequest(hostOf(this.task), Math.max(0, flow.payload)), 'HTTP request');
    else {
      if (flow.payload > 0) this.socket?.send(new Uint8Array(flow.payload).fill(0x78), 'data');
      this.socket?.endWriting();
    }
  }

  /** Each call waits anew, as a socket's time-out does. */
  private wait(patience: number, text: string): void {
    const { queue } = this.task.kernel.world;
    if (this.over) return;
    if (this.timer) queue.cancel(this.timer);
    this.timer = queue.schedule(patience, () => this.finish({ type: 'timeout', text }));
  }

  private finish(outcome: Outcome): void {
    if (this.over) return;
    this.over = true;
    if (this.timer) this.task.kernel.world.queue.cancel(this.timer);
    // Closed before the next one is opened.
    this.later(() => this.socket?.close());
    this.report(outcome);
  }

  private later(run: () => void): void {
    this.task.kernel.world.queue.schedule(THINKING_TIME, run);
  }
}

/** What a client puts into `Host`: the name it was given; `web` where there is only an address. */
function hostOf({ flow }: ClientTask): string {
  return flow.to.type === 'name' ? flow.to.name : 'web';
}
