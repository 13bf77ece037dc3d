import type { SackBlock } from '../../../../wire/tcpOption.ts';
import { type Chunk, MINIMUM_RTO, type TcpControl } from './control.ts';
import { chunkEnd, currentMss, retransmitLost, segmentsOf, sendQueued, split } from './output.ts';
import { armReordering, armRetransmission } from './retransmission.ts';
import type { Segment } from './segment.ts';
import { seqAfter, seqBefore, seqDiff } from './sequence.ts';

/** Segments acknowledged out of order that show a loss (RFC 5681's three duplicates). */
const DUPLICATE_THRESHOLD = 3;

/** What an ACK says about what was sent (tcp_ack of net/ipv4/tcp_input.c). @returns false when it acknowledges the unsent. */
export function processAcknowledgement(tcp: TcpControl, segment: Segment): boolean {
  const { acknowledgement } = segment;
  if (seqAfter(acknowledgement, tcp.sendNext)) return false;
  if (seqBefore(acknowledgement, tcp.sendUnacknowledged)) return true;
  updateWindow(tcp, segment);
  const mss = currentMss(tcp);
  const acknowledged = advance(tcp, acknowledgement, mss);
  const newlySacked = markSacked(tcp, segment.sackBlocks);
  if (acknowledged > 0) {
    tcp.retries = 0;
    tcp.probed = false;
    updateRto(tcp);
    leaveRecovery(tcp);
    if (!tcp.fastRecovery) growCongestionWindow(tcp, acknowledged);
  }
  const waits = (newlySacked || acknowledged > 0) && detectLoss(tcp, mss);
  if (tcp.sent.some((chunk) => chunk.lost && !chunk.retransmitting)) retransmitLost(tcp);
  else if (acknowledged > 0 && !waits) armRetransmission(tcp);
  if (waits) armReordering(tcp);
  sendQueued(tcp);
  return true;
}

/** "Fragmentation needed" made the path smaller: what no longer fits goes out again at once (tcp_simple_retransmit). */
export function pathShrank(tcp: TcpControl): void {
  const mss = currentMss(tcp);
  let lost = false;
  for (const chunk of tcp.sent) {
    if (chunk.sacked || chunk.segmentSize <= mss) continue;
    chunk.lost = true;
    chunk.retransmitting = false;
    lost = true;
  }
  if (!lost) return;
  tcp.recoveryEnd = tcp.sendNext;
  tcp.fastRecovery = false;
  retransmitLost(tcp);
}

function updateWindow(tcp: TcpControl, segment: Segment): void {
  const fresh =
    seqAfter(segment.acknowledgement, tcp.sendUnacknowledged) ||
    seqAfter(segment.sequence, tcp.windowUpdate) ||
    segment.sequence === tcp.windowUpdate;
  if (!fresh) return;
  tcp.windowUpdate = segment.sequence;
  tcp.sendWindow = segment.window * 2 ** tcp.sendWindowShift;
  tcp.largestWindow = Math.max(tcp.largestWindow, tcp.sendWindow);
}

/** Takes what is acknowledged out of the queue. @returns how many segments it was. */
function advance(tcp: TcpControl, acknowledgement: number, mss: number): number {
  if (!seqAfter(acknowledgement, tcp.sendUnacknowledged)) return 0;
  tcp.sendUnacknowledged = acknowledgement;
  let segments = 0;
  let first = tcp.sent[0];
  while (first && seqBefore(first.sequence, acknowledgement)) {
    if (seqAfter(chunkEnd(first), acknowledgement)) {
      const part = seqDiff(acknowledgement, first.sequence);
      segments += Math.floor(part / mss) || 1;
      tcp.sent[0] = { ...first, sequence: acknowledgement, data: first.data.subarray(part) };
      break;
    }
    segments += segmentsOf(first, mss);
    // Karn: a segment sent twice says nothing about the round trip.
    if (!first.retransmitted) sampleRtt(tcp, tcp.kernel.world.queue.now - first.sentAt);
    tcp.sent.shift();
    first = tcp.sent[0];
  }
  return segments;
}

/** RFC 6298 section 2 with Linux's floor under the variation (tcp_rtt_estimator). */
export function sampleRtt(tcp: TcpControl, rtt: number): void {
  if (tcp.smoothedRtt === undefined) {
    tcp.smoothedRtt = rtt;
    tcp.rttVariation = rtt / 2;
  } else {
    tcp.rttVariation += (Math.abs(tcp.smoothedRtt - rtt) - tcp.rttVariation) / 4;
    tcp.smoothedRtt += (rtt - tcp.smoothedRtt) / 8;
  }
  updateRto(tcp);
}

function updateRto(tcp: TcpControl): void {
  if (tcp.smoothedRtt === undefined) return;
  tcp.rto = Math.round(tcp.smoothedRtt + Math.max(4 * tcp.rttVariation, MINIMUM_RTO));
}

/** tcp_sacktag_write_queue. A block that ends before SND.UNA, or lies in what is acknowledged, reports a duplicate. */
function markSacked(tcp: TcpControl, blocks: readonly SackBlock[]): boolean {
  let marked = false;
  for (const { left, right } of blocks) {
    if (seqBefore(left, tcp.sendUnacknowledged) || seqAfter(right, tcp.sendNext) || !seqBefore(left, right)) continue;
    for (let i = 0; i < tcp.sent.length; i++) {
      const chunk = tcp.sent[i] as Chunk;
      const end = chunkEnd(chunk);
      if (chunk.sacked || !seqBefore(left, end) || !seqAfter(right, chunk.sequence)) continue;
      if (seqBefore(chunk.sequence, left)) {
        tcp.sent.splice(i, 1, ...split(chunk, seqDiff(left, chunk.sequence)));
        continue;
      }
      if (seqAfter(end, right)) tcp.sent.splice(i, 1, ...split(chunk, seqDiff(right, chunk.sequence)));
      const whole = tcp.sent[i] as Chunk;
      whole.sacked = true;
      whole.lost = false;
      whole.retransmitting = false;
      marked = true;
    }
  }
  return marked;
}

/**
 * Marks as lost what three segments behind it have overtaken (RFC 6675).
 * @returns whether others, overtaken by fewer, are to be given a moment.
 */
function detectLoss(tcp: TcpControl, mss: number): boolean {
  const overtaken = tcp.sent.findLastIndex((chunk) => chunk.sacked);
  let sacked = 0;
  for (let i = overtaken; i >= 0; i--) {
    const chunk = tcp.sent[i] as Chunk;
    if (chunk.sacked) sacked += segmentsOf(chunk, mss);
    else if (sacked >= DUPLICATE_THRESHOLD && !chunk.lost) markLost(tcp, chunk);
  }
  return tcp.sent.slice(0, Math.max(overtaken, 0)).some(late);
}

/** The moment has passed: what is still missing is lost (tcp_rack_reo_timeout; RFC 8985 section 6.3). */
export function reorderTimeout(tcp: TcpControl): void {
  const overtaken = tcp.sent.findLastIndex((chunk) => chunk.sacked);
  for (const chunk of tcp.sent.slice(0, Math.max(overtaken, 0))) if (late(chunk)) markLost(tcp, chunk);
  retransmitLost(tcp);
}

function late(chunk: Chunk): boolean {
  return !chunk.sacked && !chunk.lost && !chunk.retransmitted;
}

function markLost(tcp: TcpControl, chunk: Chunk): void {
  chunk.lost = true;
  if (tcp.recoveryEnd !== undefined) return;
  tcp.recoveryEnd = tcp.sendNext;
  tcp.fastRecovery = true;
  tcp.slowStartThreshold = Math.max(Math.floor(tcp.congestionWindow * 0.7), 2);
  tcp.congestionWindow = tcp.slowStartThreshold;
}

function leaveRecovery(tcp: TcpControl): void {
  if (tcp.recoveryEnd === undefined || seqBefore(tcp.sendUnacknowledged, tcp.recoveryEnd)) return;
  tcp.recoveryEnd = undefined;
  tcp.fastRecovery = false;
}

/** Slow start, then one segment per window. */
function growCongestionWindow(tcp: TcpControl, acknowledged: number): void {
  if (tcp.congestionWindow < tcp.slowStartThreshold) {
    tcp.congestionWindow += acknowledged;
    return;
  }
  tcp.acknowledgedInWindow += acknowledged;
  if (tcp.acknowledgedInWindow < tcp.congestionWindow) return;
  tcp.acknowledgedInWindow -= tcp.congestionWindow;
  tcp.congestionWindow++;
}
