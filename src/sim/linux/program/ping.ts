import type { Outcome } from '../../../datamodel/flow/trace.ts';
import { Icmpv4Type } from '../../../wire/icmpv4.ts';
import type { Timer } from '../eventQueue.ts';
import { type IcmpMessage, RawIcmpSocket } from '../socket/raw.ts';
import { type ClientTask, failure, socketOptions } from './client.ts';

const IDENTIFIER = 0x1234;

/** Sends echo requests on one raw socket, each after the answer to the one before, or after waiting in vain. */
export function startPing(task: ClientTask): void {
  const { kernel, flow, address, patience, report } = task;
  const { queue } = kernel.world;
  const data = Uint8Array.from({ length: Math.max(0, flow.payload) }, (_, i) => i & 255);
  let sequence = 0;
  let timer: Timer | undefined;
  const socket = new RawIcmpSocket(kernel, socketOptions(flow), (message) => {
    const outcome = timer && judge(message, sequence);
    if (outcome) finish(outcome);
  });
  const finish = (outcome: Outcome): void => {
    if (timer) queue.cancel(timer);
    timer = undefined;
    report(outcome);
    if (sequence < flow.repeat) queue.schedule(0, next);
    else socket.close();
  };
  const next = (): void => {
    sequence++;
    timer = queue.schedule(patience.echo, () => finish({ type: 'timeout', text: 'no answer' }));
    const error = socket.sendEcho(address, IDENTIFIER, sequence & 0xffff, data);
    if (error !== undefined) finish(failure(error));
  };
  next();
}

/** @returns undefined for ICMP packets that are not about the request under way. */
function judge(message: IcmpMessage, sequence: number): Outcome | undefined {
  const { type, code, source, ttl, length, nextHopMtu } = message;
  if (type === Icmpv4Type.echoReply) {
    if (message.identifier !== IDENTIFIER || message.sequence !== (sequence & 0xffff)) return undefined;
    return { type: 'answered', text: `reply from ${source} ttl=${ttl} len=${length}` };
  }
  if (type === Icmpv4Type.timeExceeded) return { type: 'unreachable', text: `time to live exceeded, says ${source}` };
  if (type !== Icmpv4Type.destinationUnreachable) return undefined;
  if (code === 4) return { type: 'message-too-long', text: `fragmentation needed, mtu ${nextHopMtu}, says ${source}` };
  const what = UNREACHABLE[code] ?? `destination unreachable, code ${code}`;
  return { type: code === 3 ? 'refused' : 'unreachable', text: `${what}, says ${source}` };
}

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'network unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  9: 'network prohibited',
  10: 'host prohibited',
  13: 'administratively prohibited',
};
