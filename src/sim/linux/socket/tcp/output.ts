import { chance } from '../../../../base/chance.ts';
import { TcpFlag } from '../../../../wire/tcp.ts';
import type { Skb } from '../../skb.ts';
import type { SocketError } from '../socketError.ts';
import { type Chunk, MILLISECOND, SECOND, type TcpControl } from './control.ts';
import { armRetransmission } from './retransmission.ts';
import { optionsLength, routeOf, transmitSegment } from './segment.ts';
import { seqAdd, seqAfter, seqBefore, seqDiff } from './sequence.ts';

/** Smallest payload a path can force (TCP_MIN_SND_MSS less its options). */
const MINIMUM_MSS = 8;
/** How long a write holds the socket: longer than a packet needs there and back, as on one busy machine. */
const WRITE_TIME = 250_000;
/** Part of the window that is worth sending at once (net.ipv4.tcp_tso_win_divisor). */
const DEFER_DIVISOR = 3;

/** Bytes of data in a full segment now (tcp_current_mss); follows the route's MTU. */
export function currentMss(tcp: TcpControl): number {
  const found = routeOf(tcp);
  if (found.ok) {
    const { kernel, setup } = tcp;
    tcp.pathMtu = kernel.stack.routeMtu(kernel, found.route, setup.remote.address);
  }
  return Math.max(Math.min(tcp.pathMtu - 40, tcp.peerMss) - optionsLength(tcp), MINIMUM_MSS);
}

/** Segments a stretch of data takes. */
export function segmentsOf(chunk: Chunk, mss: number): number {
  return Math.max(1, Math.ceil(chunk.data.length / mss));
}

export function chunkEnd(chunk: Chunk): number {
  return seqAdd(chunk.sequence, chunk.data.length + (chunk.syn ? 1 : 0) + (chunk.fin ? 1 : 0));
}

export function newChunk(
  sequence: number,
  label: string,
  more: Partial<Pick<Chunk, 'data' | 'syn' | 'fin' | 'push'>>,
): Chunk {
  return {
    sequence,
    data: more.data ?? new Uint8Array(0),
    syn: more.syn ?? false,
    fin: more.fin ?? false,
    push: more.push ?? false,
    label,
    sacked: false,
    lost: false,
    retransmitting: false,
    retransmitted: false,
    sentAt: 0,
    segmentSize: 0,
  };
}

/** tcp_sendmsg: queues the bytes in stretches of at most half the peer's window and sends what may go. */
export function write(tcp: TcpControl, bytes: Uint8Array, label: string): void {
  const mss = currentMss(tcp);
  const half = Math.max(tcp.largestWindow >>> 1, mss);
  const stretch = Math.max(1, Math.floor(Math.min(half, 65536 - 320) / mss)) * mss;
  for (let at = 0; at < bytes.length; at += stretch) {
    const data = bytes.subarray(at, Math.min(at + stretch, bytes.length));
    tcp.unsent.push(newChunk(tcp.writeEnd, label, { data, push: at + stretch >= bytes.length }));
    tcp.writeEnd = seqAdd(tcp.writeEnd, data.length);
  }
  if (!tcp.held) sendForWriter(tcp);
}

/**
 * Sends what a write may send, one burst after the other has been there and back. The system call holds the socket until
 * nothing more may go; what comes in meanwhile waits (lock_sock, sk_backlog, release_sock).
 */
function sendForWriter(tcp: TcpControl): void {
  const { queue } = tcp.kernel.world;
  const sent = tcp.state !== 'CLOSE' && sendBurst(tcp, currentMss(tcp));
  if (sent) armAfterSending(tcp);
  if (sent && (tcp.held || tcp.unsent.length > 0)) {
    tcp.held = true;
    queue.schedule(WRITE_TIME, () => sendForWriter(tcp));
  } else if (tcp.held) {
    tcp.held = false;
    tcp.onRelease?.();
    return;
  }
  tcp.busyUntil = queue.now + WRITE_TIME;
}

/** tcp_send_fin: the FIN goes with the last stretch that has not been sent, or alone. */
export function queueFin(tcp: TcpControl): void {
  tcp.finQueued = true;
  const last = tcp.unsent.at(-1);
  if (last) last.fin = true;
  else tcp.unsent.push(newChunk(tcp.writeEnd, 'FIN ACK', { fin: true }));
  tcp.writeEnd = seqAdd(tcp.writeEnd, 1);
  sendQueued(tcp);
}

/** tcp_write_xmit: sends while the peer's window, the congestion window and Nagle's test allow. */
export function sendQueued(tcp: TcpControl): void {
  if (tcp.held) return;
  const mss = currentMss(tcp);
  let sent = false;
  while (sendBurst(tcp, mss)) sent = true;
  if (sent) armAfterSending(tcp);
}

function armAfterSending(tcp: TcpControl): void {
  if (!(tcp.timer && tcp.timerKind === 'reorder')) armRetransmission(tcp);
}

/** Sends one stretch of at most half the congestion window (tcp_cwnd_test). @returns false when nothing may go. */
function sendBurst(tcp: TcpControl, mss: number): boolean {
  const [first] = tcp.unsent;
  if (first === undefined) return false;
  const room = tcp.congestionWindow - inFlight(tcp, mss);
  const window = seqDiff(seqAdd(tcp.sendUnacknowledged, tcp.sendWindow), first.sequence);
  if (room <= 0) return false;
  if (defers(tcp, first, mss, Math.min(window, room * mss))) return false;
  const quota = Math.min(room, Math.max(tcp.congestionWindow >>> 1, 1));
  const length = allowedLength(tcp, first, mss, quota, window);
  if (length < first.data.length) {
    if (length <= 0) return false;
    tcp.unsent.splice(0, 1, ...split(first, length));
  } else if (window < first.data.length) return false;
  const chunk = tcp.unsent.shift() as Chunk;
  tcp.sent.push(chunk);
  tcp.sendNext = chunkEnd(chunk);
  if (chunk.data.length % mss !== 0) tcp.smallEnd = chunkEnd(chunk);
  emitChunk(tcp, chunk, mss);
  return true;
}

/** tcp_tso_should_defer: a burst waits to grow while the next ACK is about to make room for more of it. */
function defers(tcp: TcpControl, chunk: Chunk, mss: number, limit: number): boolean {
  const head = tcp.sent[0];
  const last = tcp.sent.at(-1);
  if (head === undefined || last === undefined || chunk.fin || segmentsOf(chunk, mss) === 1) return false;
  if (tcp.recoveryEnd !== undefined) return false;
  const { now } = tcp.kernel.world.queue;
  if (now - last.sentAt > MILLISECOND) return false;
  if (tcp.unsent.length > 1 && limit >= chunk.data.length) return false;
  if (limit >= Math.floor(Math.min(tcp.sendWindow, tcp.congestionWindow * mss) / DEFER_DIVISOR)) return false;
  const rtt = tcp.smoothedRtt ?? 0;
  return head.sentAt + rtt - now <= Math.min(rtt / 2, MILLISECOND);
}

/** tcp_mss_split_point with Nagle's test in Minshall's form: a small segment waits while another one is out. */
function allowedLength(tcp: TcpControl, chunk: Chunk, mss: number, quota: number, window: number): number {
  const limit = Math.min(chunk.data.length, window, quota * mss);
  const partial = limit % mss;
  if (partial === 0) return limit;
  if (limit < chunk.data.length) return limit - partial > 0 || tcp.sent.length > 0 ? limit - partial : limit;
  const smallOut = seqAfter(tcp.smallEnd, tcp.sendUnacknowledged) && !seqAfter(tcp.smallEnd, tcp.sendNext);
  const nagle = tcp.sent.length > 0 && smallOut && !chunk.fin;
  return nagle ? limit - partial : limit;
}

/** tcp_fragment: the first part loses PSH and FIN. */
export function split(chunk: Chunk, at: number): [Chunk, Chunk] {
  const head: Chunk = { ...chunk, data: chunk.data.subarray(0, at), fin: false, push: false };
  const tail: Chunk = { ...chunk, sequence: seqAdd(chunk.sequence, at), data: chunk.data.subarray(at) };
  return [head, tail];
}

/** Puts one stretch on the wire, cut to the MSS; a stretch of several segments ends in PSH (__tcp_transmit_skb). */
export function emitChunk(tcp: TcpControl, chunk: Chunk, mss: number): SocketError | undefined {
  const { length } = chunk.data;
  const total = segmentsOf(chunk, mss);
  chunk.sentAt = tcp.kernel.world.queue.now;
  chunk.segmentSize = Math.min(length, mss);
  let failure: SocketError | undefined;
  for (let i = 0; i < total; i++) {
    const last = i === total - 1;
    const data = chunk.data.subarray(i * mss, Math.min((i + 1) * mss, length));
    const push = last && (chunk.push || total > 1);
    const flags =
      (chunk.syn ? TcpFlag.syn : 0) |
      (tcp.state === 'SYN_SENT' ? 0 : TcpFlag.ack) |
      (push && data.length > 0 ? TcpFlag.psh : 0) |
      (chunk.fin && last ? TcpFlag.fin : 0);
    const part = total > 1 ? ` ${i + 1}/${total}` : '';
    failure = transmitSegment(tcp, {
      sequence: seqAdd(chunk.sequence, i * mss),
      flags,
      payload: data,
      label: `${chunk.label}${part}${chunk.retransmitted ? ', sent again' : ''}`,
      cause: tcp.setup.role === 'reply' ? tcp.cause : undefined,
    });
    noteDataSent(tcp, data.length);
  }
  return failure;
}

/** tcp_packets_in_flight. */
export function inFlight(tcp: TcpControl, mss: number): number {
  let packets = 0;
  for (const chunk of tcp.sent) {
    const count = segmentsOf(chunk, mss);
    if (!chunk.sacked && !chunk.lost) packets += count;
    if (chunk.retransmitting) packets += count;
  }
  return packets;
}

/** tcp_xmit_retransmit_queue: sends again what is marked lost, as far as the congestion window goes. */
export function retransmitLost(tcp: TcpControl): void {
  const mss = currentMss(tcp);
  for (let i = 0; i < tcp.sent.length; i++) {
    const chunk = tcp.sent[i] as Chunk;
    if (!chunk.lost || chunk.retransmitting || chunk.sacked) continue;
    const room = tcp.congestionWindow - inFlight(tcp, mss);
    if (room <= 0) break;
    if (segmentsOf(chunk, mss) > room) tcp.sent.splice(i, 1, ...split(chunk, room * mss));
    retransmit(tcp, tcp.sent[i] as Chunk, mss);
  }
  armRetransmission(tcp);
}

export function retransmit(tcp: TcpControl, chunk: Chunk, mss: number): void {
  chunk.retransmitting = true;
  chunk.retransmitted = true;
  emitChunk(tcp, chunk, mss);
}

/** An ACK without data (tcp_send_ack). */
export function sendAck(tcp: TcpControl, cause: Skb | undefined): void {
  transmitSegment(tcp, { sequence: tcp.sendNext, flags: TcpFlag.ack, label: 'ACK', cause });
}

/** A reset of an established connection (tcp_send_active_reset). */
export function sendActiveReset(tcp: TcpControl, cause: Skb | undefined): void {
  transmitSegment(tcp, { sequence: tcp.sendNext, flags: TcpFlag.rst | TcpFlag.ack, label: 'RST ACK', cause });
}

/** A timeout makes the connection choose another path where hashes choose paths (sk_rethink_txhash). */
export function rethinkSocketHash(tcp: TcpControl): void {
  const { seed } = tcp.kernel.world;
  tcp.socketHash = chance(seed, 'txhash again', tcp.kernel.id, tcp.socketHash, tcp.retries);
}

/** tcp_event_data_sent: an answer soon after data makes the connection a dialogue, whose ACKs may wait for data. */
function noteDataSent(tcp: TcpControl, length: number): void {
  if (length === 0 || tcp.lastDataAt === undefined) return;
  if (tcp.kernel.world.queue.now - tcp.lastDataAt < SECOND / 25) tcp.pingPong = true;
}

/** Whether everything up to and with the FIN has been acknowledged. */
export function finAcknowledged(tcp: TcpControl): boolean {
  return tcp.finQueued && !seqBefore(tcp.sendUnacknowledged, tcp.writeEnd);
}
