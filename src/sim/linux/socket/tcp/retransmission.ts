import { MAXIMUM_RTO, MILLISECOND, MINIMUM_RTO, type TcpControl } from './control.ts';

/** TCP_TIMEOUT_MIN_US: what a probe waits beyond two round trips. */
const PROBE_SLACK = 2 * MILLISECOND;

/**
 * Keeps a timer running exactly while something is unacknowledged: a tail loss probe first where one may help, else the
 * retransmission time-out (tcp_schedule_loss_probe, tcp_rearm_rto; RFC 8985 section 7).
 *
 * Kernel timers are background events: they run while a program waits or a packet is under way, and do not keep a
 * finished conversation going.
 */
export function armRetransmission(tcp: TcpControl): void {
  const { queue } = tcp.kernel.world;
  if (tcp.retransmitTimer) queue.cancel(tcp.retransmitTimer);
  tcp.retransmitTimer = undefined;
  const { onTimeout } = tcp;
  if (onTimeout === undefined || tcp.state === 'CLOSE' || tcp.sent.length === 0) return;
  const probe = probeDelay(tcp);
  tcp.retransmitTimer = queue.schedule(
    Math.min(probe ?? tcp.rto, tcp.rto, MAXIMUM_RTO),
    () => {
      tcp.retransmitTimer = undefined;
      onTimeout(probe === undefined ? 'retransmission' : 'probe');
    },
    true,
  );
}

/** @returns undefined when no probe is due: before the handshake, in recovery, without SACK, or after the one probe. */
function probeDelay(tcp: TcpControl): number | undefined {
  const handshake = tcp.state === 'SYN_SENT' || tcp.state === 'SYN_RECV';
  if (handshake || tcp.probed || !tcp.sackPermitted || tcp.recoveryEnd !== undefined) return undefined;
  if (tcp.retries > 0 || tcp.sent.some((chunk) => chunk.sacked)) return undefined;
  if (tcp.smoothedRtt === undefined) return tcp.rto;
  const [first] = tcp.sent;
  const alone = tcp.sent.length === 1 && first !== undefined && first.data.length <= first.segmentSize;
  // A lone segment's ACK may be a delayed one.
  return Math.round(2 * tcp.smoothedRtt + (alone ? MINIMUM_RTO : PROBE_SLACK));
}
