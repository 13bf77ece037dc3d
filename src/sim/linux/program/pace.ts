import { MILLISECOND, SECOND } from '../socket/tcp/control.ts';

/** What a program needs between two system calls, in virtual nanoseconds. */
export const THINKING_TIME = 100_000;

/** How long a client waits, in virtual nanoseconds. */
export interface Patience {
  /** For connect(): long enough for one more SYN. */
  readonly connect: number;
  /** For more of an answer over TCP. */
  readonly answer: number;
  readonly datagram: number;
  /** For an echo reply: long enough to hear that a neighbour does not answer. */
  readonly echo: number;
}

export const PATIENCE: Patience = {
  connect: 1500 * MILLISECOND,
  answer: 3 * SECOND,
  datagram: SECOND,
  echo: 4500 * MILLISECOND,
};
