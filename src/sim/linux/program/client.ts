import type { Flow } from '../../../datamodel/flow/flow.ts';
import type { Outcome } from '../../../datamodel/flow/trace.ts';
import type { IpAddress } from '../../../wire/address.ts';
import type { Kernel } from '../kernel.ts';
import { ERROR_TEXT, type SocketError } from '../socket/socketError.ts';
import type { SocketOptions } from '../socket/udp.ts';
import type { Patience } from './pace.ts';

/** What a client program is started with. */
export interface ClientTask {
  readonly kernel: Kernel;
  readonly flow: Flow;
  readonly address: IpAddress;
  readonly patience: Patience;
  /** Called once for each of the flow's repeats, in order. */
  readonly report: (outcome: Outcome) => void;
}

export function socketOptions(flow: Flow): SocketOptions {
  const { bind, sourcePort, ttl, tos, pathMtuDiscovery } = flow;
  return { bind, sourcePort, ttl, tos, pathMtuDiscovery, exchange: 'flow' };
}

/** What a program makes of a failed system call. */
export function failure(error: SocketError): Outcome {
  return { type: outcomeOf(error), text: ERROR_TEXT[error] };
}

function outcomeOf(error: SocketError): Exclude<Outcome['type'], 'answered' | 'no-such-name'> {
  switch (error) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ECONNRESET':
      return 'reset';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'EMSGSIZE':
      return 'message-too-long';
    default:
      return 'unreachable';
  }
}

/** Names, ports and sizes from a person: a port that no packet can carry is not asked of the kernel. */
export function validPort(port: number | undefined): port is number {
  return port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535;
}
