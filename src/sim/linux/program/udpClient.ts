import type { Outcome } from '../../../datamodel/flow/trace.ts';
import type { Timer } from '../eventQueue.ts';
import { UdpClientSocket } from '../socket/udp.ts';
import { type ClientTask, failure, socketOptions, validPort } from './client.ts';

/** `hello`, cut or padded with `z` to the size asked for. */
export function greeting(size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, size)).fill(0x7a);
  bytes.set(new TextEncoder().encode('hello').subarray(0, bytes.length));
  return bytes;
}

/** Sends datagrams on one connected socket, each after the answer to the one before, or after waiting in vain. */
export function startUdp(task: ClientTask): void {
  const { kernel, flow, address, patience, report } = task;
  const { queue } = kernel.world;
  if (!validPort(flow.port)) {
    report({ type: 'unreachable', text: 'UDP needs a port from 1 to 65535' });
    return;
  }
  const payload = greeting(flow.payload);
  let sent = 0;
  let timer: Timer | undefined;
  const finish = (outcome: Outcome): void => {
    if (timer === undefined) return;
    queue.cancel(timer);
    timer = undefined;
    report(outcome);
    if (sent < flow.repeat) queue.schedule(0, next);
    else socket.close();
  };
  const socket = new UdpClientSocket(kernel, { address, port: flow.port }, socketOptions(flow), {
    datagram: (bytes) => finish({ type: 'answered', text: new TextDecoder().decode(bytes.subarray(0, 200)).trim() }),
    failed: (error) => finish(failure(error)),
  });
  const next = (): void => {
    sent++;
    timer = queue.schedule(patience.datagram, () => finish({ type: 'timeout', text: 'no answer' }));
    const error = socket.send(payload, 'UDP datagram');
    if (error !== undefined) finish(failure(error));
  };
  next();
}
