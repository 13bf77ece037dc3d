import { MAXIMUM_RTO, type TcpControl } from './control.ts';

/**
 * Keeps the retransmission timer running exactly while something is unacknowledged (tcp_rearm_rto).
 *
 * Kernel timers are background events: they run while a program waits or a packet is under way, and do not keep a
 * finished conversation going.
 */
export function armRetransmission(tcp: TcpControl): void {
  const { queue } = tcp.kernel.world;
  if (tcp.retransmitTimer) queue.cancel(tcp.retransmitTimer);
  tcp.retransmitTimer = undefined;
  const onTimeout = tcp.onTimeout;
  if (onTimeout === undefined || tcp.state === 'CLOSE' || tcp.sent.length === 0) return;
  tcp.retransmitTimer = queue.schedule(
    Math.min(tcp.rto, MAXIMUM_RTO),
    () => {
      tcp.retransmitTimer = undefined;
      onTimeout();
    },
    true,
  );
}
