import { type Chunk, MAXIMUM_RTO, SECOND, type TcpControl } from './control.ts';
import { currentMss, emitChunk, rethinkSocketHash, retransmit, segmentsOf, sendQueued, split } from './output.ts';
import { armRetransmission } from './retransmission.ts';

/** net.ipv4.tcp_syn_retries, tcp_synack_retries, tcp_retries2, and tcp_orphan_retries' built-in value. */
const SYN_RETRIES = 6;
const SYN_ACK_RETRIES = 5;
const DATA_RETRIES = 15;
const ORPHAN_RETRIES = 8;
/** net.ipv4.tcp_syn_linear_timeouts: so many SYNs follow a second apart before the wait doubles. */
const LINEAR_SYN_TIMEOUTS = 4;

/** The retransmission timer ran out (net/ipv4/tcp_timer.c, tcp_retransmit_timer; RFC 6298 section 5). */
export function retransmissionTimeout(tcp: TcpControl, giveUp: () => void): void {
  const first = tcp.sent[0];
  if (first === undefined) return;
  if (tcp.retries >= retriesAllowed(tcp)) {
    giveUp();
    return;
  }
  tcp.retries++;
  rethinkSocketHash(tcp);
  const linear = tcp.state === 'SYN_SENT' && tcp.retries <= LINEAR_SYN_TIMEOUTS;
  tcp.rto = linear ? SECOND : Math.min(tcp.rto * 2, MAXIMUM_RTO);
  if (tcp.state === 'SYN_SENT' || tcp.state === 'SYN_RECV') {
    first.retransmitted = true;
    emitChunk(tcp, first, 1);
  } else {
    const mss = currentMss(tcp);
    enterLoss(tcp);
    const head = tcp.sent.find((chunk) => !chunk.sacked) ?? first;
    retransmit(tcp, segmentsOf(head, mss) > 1 ? splitHead(tcp, head, mss) : head, mss);
  }
  armRetransmission(tcp);
}

/** tcp_send_loss_probe: what has not been sent yet, or the last segment once more, to make the receiver say what it has. */
export function lossProbe(tcp: TcpControl): void {
  tcp.probed = true;
  const before = tcp.sendNext;
  sendQueued(tcp);
  const last = tcp.sent.at(-1);
  if (tcp.sendNext === before && last !== undefined) {
    const mss = currentMss(tcp);
    const whole = segmentsOf(last, mss);
    if (whole > 1) tcp.sent.splice(-1, 1, ...split(last, (whole - 1) * mss));
    const tail = tcp.sent.at(-1) ?? last;
    tail.retransmitted = true;
    emitChunk(tcp, tail, mss);
  }
  armRetransmission(tcp);
}

/** tcp_enter_loss: everything not selectively acknowledged counts as lost, and sending starts over with one segment. */
function enterLoss(tcp: TcpControl): void {
  if (tcp.recoveryEnd === undefined || tcp.retries === 1) {
    tcp.slowStartThreshold = Math.max(Math.floor(tcp.congestionWindow * 0.7), 2);
  }
  tcp.congestionWindow = 1;
  tcp.acknowledgedInWindow = 0;
  tcp.recoveryEnd = tcp.sendNext;
  tcp.fastRecovery = false;
  for (const chunk of tcp.sent) {
    chunk.retransmitting = false;
    if (!chunk.sacked) chunk.lost = true;
  }
}

function splitHead(tcp: TcpControl, head: Chunk, mss: number): Chunk {
  const [first, rest] = split(head, mss);
  tcp.sent.splice(tcp.sent.indexOf(head), 1, first, rest);
  return first;
}

function retriesAllowed(tcp: TcpControl): number {
  if (tcp.state === 'SYN_SENT') return SYN_RETRIES + LINEAR_SYN_TIMEOUTS;
  if (tcp.state === 'SYN_RECV') return SYN_ACK_RETRIES;
  return tcp.orphan ? ORPHAN_RETRIES : DATA_RETRIES;
}
