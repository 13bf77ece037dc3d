import type { Skb } from '../../skb.ts';
import { MILLISECOND, type TcpControl } from './control.ts';
import { sendAck } from './output.ts';
import { seqDiff } from './sequence.ts';

/** TCP_MAX_QUICKACKS and TCP_DELACK_MIN of include/net/tcp.h. */
const MAXIMUM_QUICK_ACKS = 16;
const DELAYED_ACK = 40 * MILLISECOND;

/** tcp_enter_quickack_mode: the next segments are acknowledged at once, so that the sender gets up to speed. */
export function enterQuickAcks(tcp: TcpControl): void {
  const quota = Math.floor(tcp.receiveWindow / (2 * tcp.receiveMss)) || 2;
  tcp.quickAcks = Math.max(tcp.quickAcks, Math.min(quota, MAXIMUM_QUICK_ACKS));
}

/** tcp_event_data_recv. */
export function noteDataReceived(tcp: TcpControl, length: number): void {
  if (length >= tcp.receiveMss) tcp.receiveMss = length;
  if (tcp.lastDataAt === undefined) enterQuickAcks(tcp);
  tcp.lastDataAt = tcp.kernel.world.queue.now;
}

/** __tcp_ack_snd_check: acknowledges now, or within 40 ms if nothing else goes out before. */
export function acknowledgeReceived(tcp: TcpControl, cause: Skb): void {
  const unacknowledged = seqDiff(tcp.received.next, tcp.lastAcknowledged);
  const quick = tcp.quickAcks > 0 && !tcp.pingPong;
  if (tcp.acknowledgeNow || quick || unacknowledged > tcp.receiveMss || tcp.received.hasGap) {
    sendAck(tcp, cause);
    return;
  }
  tcp.acknowledgeTimer ??= tcp.kernel.world.queue.schedule(DELAYED_ACK, () => {
    tcp.acknowledgeTimer = undefined;
    if (tcp.state !== 'CLOSE') sendAck(tcp, cause);
  });
}
