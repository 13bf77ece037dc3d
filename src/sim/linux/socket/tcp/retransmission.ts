import { MAXIMUM_RTO, MILLISECOND, MINIMUM_RTO, type TcpControl, type TimerKind } from './control.ts';

/** TCP_TIMEOUT_MIN_US: what a probe waits beyond two round trips. */
const PROBE_SLACK = 2 * MILLISECOND;
/** The same floor under a quarter of a round trip: how long an overtaken segment may be late. */
const REORDER_WAIT = 2 * MILLISECOND;

/**
 * Keeps a timer running exactly while something is unacknowledged: a tail loss probe first where one may help, else the
 * retransmission time-out (tcp_schedule_loss_probe, tcp_rearm_rto; RFC 8985 section 7).
 *
 * Kernel timers are background events: they run while a program waits or a packet is under way, and do not keep a
 * finished conversation going.
 */
export function armRetransmission(tcp: TcpControl): void {
  const probe = probeDelay(tcp);
  if (probe === undefined) arm(tcp, 'retransmission', Math.min(tcp.rto, MAXIMUM_RTO));
  else arm(tcp, 'probe', Math.min(probe, tcp.rto));
}

/** Instead of the time-out, waits a moment for segments that may only have been overtaken (tcp_rack_mark_lost). */
export function armReordering(tcp: TcpControl): void {
  if (tcp.timer === undefined || tcp.timerKind !== 'reorder') arm(tcp, 'reorder', REORDER_WAIT);
}

function arm(tcp: TcpControl, kind: TimerKind, delay: number): void {
  const { queue } = tcp.kernel.world;
  if (tcp.timer) queue.cancel(tcp.timer);
  tcp.timer = undefined;
  const { onTimeout } = tcp;
  if (onTimeout === undefined || tcp.state === 'CLOSE' || tcp.sent.length === 0) return;
  tcp.timerKind = kind;
  const expired = (): void => {
    tcp.timer = undefined;
    onTimeout(kind);
  };
  tcp.timer = inHandshake(tcp) ? queue.scheduleTimer(delay, expired, true) : queue.schedule(delay, expired, true);
}

/** @returns undefined when no probe is due: before the handshake, in recovery, without SACK, or after the one probe. */
function probeDelay(tcp: TcpControl): number | undefined {
  if (inHandshake(tcp) || tcp.probed || !tcp.sackPermitted || tcp.recoveryEnd !== undefined) return undefined;
  if (tcp.retries > 0 || tcp.sent.some((chunk) => chunk.sacked)) return undefined;
  if (tcp.smoothedRtt === undefined) return tcp.rto;
  const [first] = tcp.sent;
  const alone = tcp.sent.length === 1 && first !== undefined && first.data.length <= first.segmentSize;
  // A lone segment's ACK may be a delayed one.
  return Math.round(2 * tcp.smoothedRtt + (alone ? MINIMUM_RTO : PROBE_SLACK));
}

function inHandshake({ state }: TcpControl): boolean {
  return state === 'SYN_SENT' || state === 'SYN_RECV';
}
