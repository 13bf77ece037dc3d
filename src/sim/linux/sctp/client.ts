import { chance } from '../../../base/chance.ts';
import type { Outcome } from '../../../datamodel/flow/trace.ts';
import type { Timer } from '../eventQueue.ts';
import type { SocketEnd } from '../kernel.ts';
import { type ClientTask, failure, socketOptions, validPort } from '../program/client.ts';
import { THINKING_TIME } from '../program/pace.ts';
import { greeting } from '../program/udpClient.ts';
import { bindFault, portFault } from '../socket/bind.ts';
import { ephemeralPort } from '../socket/port.ts';
import { refuseWithoutRoute } from '../socket/send.ts';
import type { SocketError } from '../socket/socketError.ts';
import { Association } from './association.ts';

/** Opens one association after the other, sends one message in each, and shuts it down when the answer has come. */
export function startSctp(task: ClientTask): void {
  const { flow, report, kernel } = task;
  if (!validPort(flow.port)) {
    report({ type: 'unreachable', text: 'SCTP needs a port from 1 to 65535' });
    return;
  }
  let opened = 0;
  const remote: SocketEnd = { address: task.address, port: flow.port };
  const next = (): void => {
    const sourcePort = flow.sourcePort === undefined ? undefined : ((flow.sourcePort - 1 + opened) % 65535) + 1;
    opened++;
    ask(task, remote, sourcePort, opened, (outcome) => {
      report(outcome);
      if (opened < flow.repeat) kernel.world.queue.schedule(THINKING_TIME, next);
    });
  };
  next();
}

function ask(
  task: ClientTask,
  remote: SocketEnd,
  sourcePort: number | undefined,
  count: number,
  report: (outcome: Outcome) => void,
): void {
  const { kernel, flow, patience } = task;
  const { queue, seed } = kernel.world;
  let timer: Timer | undefined;
  let isOver = false;
  const finish = (outcome: Outcome): void => {
    if (isOver) return;
    isOver = true;
    if (timer) queue.cancel(timer);
    queue.schedule(THINKING_TIME, () => association?.close());
    report(outcome);
  };
  const wait = (delay: number, text: string): void => {
    if (timer) queue.cancel(timer);
    timer = queue.schedule(delay, () => finish({ type: 'timeout', text }));
  };
  let association: Association | undefined;
  const local = localEnd(task, remote, sourcePort);
  if (typeof local === 'string') {
    finish(failure(local));
    return;
  }
  const draw = (what: string): number =>
    chance(seed, what, kernel.id, local.port, remote.address, remote.port, count) || 1;
  const onClosed = (): void => kernel.sockets.disconnect('sctp', local, remote);
  association = new Association(
    kernel,
    { local, remote },
    socketOptions(flow),
    {
      connected: () => {
        wait(patience.answer, 'connected, but no answer came');
        queue.schedule(THINKING_TIME, () => association?.send(greeting(Math.max(1, flow.payload))));
      },
      message: (bytes) => finish({ type: 'answered', text: new TextDecoder().decode(bytes.subarray(0, 200)).trim() }),
      ended: () => finish({ type: 'reset', text: 'the server shut the association down before it answered' }),
      failed: (error) => finish(failure(error)),
    },
    { ownTag: draw('sctp tag'), ownTsn: draw('sctp tsn') },
    { name: `SCTP socket ${local.port}`, onClosed },
  );
  kernel.sockets.connect('sctp', local, remote, association);
  wait(patience.connect, 'no answer to the INIT');
  const error = association.open();
  if (error !== undefined) finish(failure(error));
}

function localEnd(
  { kernel, flow }: ClientTask,
  remote: SocketEnd,
  sourcePort: number | undefined,
): SocketEnd | SocketError {
  const unbound = bindFault(kernel, flow);
  if (unbound !== undefined) return unbound;
  const found = kernel.stack.routeOutput(kernel, { destination: remote.address, source: flow.bind });
  const address = flow.bind ?? (found.ok ? found.route.source : undefined);
  if (!found.ok) return refused(kernel, remote, found);
  if (address === undefined) return 'EADDRNOTAVAIL';
  const inUse = portFault(kernel, 'sctp', address, { sourcePort });
  if (inUse !== undefined) return inUse;
  const port = sourcePort ?? ephemeralPort(kernel, 'sctp', address, remote);
  return port === undefined ? 'EADDRNOTAVAIL' : { address, port };
}

/** connect() fails before there is a packet: what it would have been is told all the same. */
function refused(
  kernel: ClientTask['kernel'],
  remote: SocketEnd,
  failed: Parameters<typeof refuseWithoutRoute>[2],
): SocketError {
  const { recorder } = kernel.world;
  const trace = recorder.begin({ origin: { type: 'flow' }, label: 'INIT', role: 'forward', exchange: 'flow' });
  const rest = { identification: 0, dontFragment: true, ttl: 64, tos: 0, payload: new Uint8Array(0) };
  const packet = { by: 'socket', what: 'INIT', trace, protocol: 132, source: undefined, ...rest } as const;
  return refuseWithoutRoute(kernel, { ...packet, destination: remote.address }, failed);
}
