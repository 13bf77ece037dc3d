import type { TcpConntrackState } from '../../../datamodel/network/runtime.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { ipView } from '../../../wire/ip.ts';
import { TCP_HEADER_LENGTH, TcpView } from '../../../wire/tcp.ts';
import type { Kernel } from '../kernel.ts';
import type { Connection } from './connection.ts';
import { isInTable, removeConnection } from './connectionTable.ts';
import { areTcpFlagsValid, nextTcpState, segmentKind } from './tcpStates.ts';
import type { Segment, TcpTracking } from './tcpWindow.ts';
import {
  before,
  handshakeOptions,
  newTracking,
  readSegment,
  resynchronize,
  trackingFrom,
  trackWindow,
} from './tcpWindow.ts';
import { conntrackSysctl, conntrackTimeout, TCP_TIMEOUT } from './timeouts.ts';

/** `repeat`: the connection was closed and removed, and the segment begins another: look again. */
export type Tracked = 'accept' | 'invalid' | 'repeat';
/** States behind which a SYN may begin a new connection. */
const CLOSED: readonly TcpConntrackState[] = ['TIME_WAIT', 'CLOSE'];

export interface PacketAt {
  readonly bytes: Uint8Array;
  /** Offset of the IP header. */
  readonly offset: number;
  readonly reply: boolean;
  /** Checksums are verified where packets come in, not where they go out. */
  readonly incoming: boolean;
}

/** Follows one segment of a connection (nf_conntrack_tcp_packet). */
export function trackTcp(kernel: Kernel, connection: Connection, packet: PacketAt): Tracked {
  const segment = validSegment(packet);
  if (segment === undefined) return 'invalid';
  const { reply } = packet;
  if (!connection.confirmed) {
    const first = nextTcpState('NONE', segment.kind, false);
    if (first === 'invalid' || (first !== 'SYN_SENT' && conntrackSysctl(kernel, 'tcp_loose', 1) === 0))
      return 'invalid';
    connection.tcp = trackingFrom(segment);
    connection.tcpState = 'NONE';
  }
  const old = connection.tcpState ?? 'NONE';
  connection.tcp ??= newTracking(false);
  const decision = decide(kernel, connection, connection.tcp, segment, reply, old);
  if (decision === 'ignored') return 'accept';
  if (decision === 'invalid' || decision === 'repeat') return decision;
  enter(kernel, connection, connection.tcp, segment, reply, old, decision);
  return 'accept';
}

function validSegment({ bytes, offset, incoming }: PacketAt): Segment | undefined {
  const ip = ipView(bytes, offset);
  const at = ip.payloadOffset;
  const length = ip.payloadLength;
  if (length < TCP_HEADER_LENGTH || bytes.length < at + TCP_HEADER_LENGTH) return undefined;
  const { dataOffset, flags } = new TcpView(bytes, at);
  if (dataOffset < TCP_HEADER_LENGTH || dataOffset > length || !areTcpFlagsValid(flags)) return undefined;
  if (incoming && !transportChecksumValid(bytes, offset)) return undefined;
  return readSegment(bytes, at, length, segmentKind(flags));
}

type Decision = TcpConntrackState | 'ignored' | 'invalid' | 'repeat';

function decide(
  kernel: Kernel,
  connection: Connection,
  tracking: TcpTracking,
  segment: Segment,
  reply: boolean,
  old: TcpConntrackState,
): Decision {
  let next = nextTcpState(old, segment.kind, reply);
  let state = old;
  if (next === 'invalid') return 'invalid';
  if (next === 'SYN_SENT' && CLOSED.includes(old)) {
    const closed = tracking.sides[0].closeInitiated || tracking.sides[1].closeInitiated;
    const reset = tracking.lastReply === reply && tracking.lastKind === 'rst';
    // Nothing is known of a connection left by an earlier run but that it is over, which is all the kernel asks, too.
    if (closed || reset || tracking.sides[0].maxWindow === 0) {
      removeConnection(kernel, connection);
      return 'repeat';
    }
    next = 'ignore';
  }
  if (next === 'ignore') {
    const answered = segment.kind === 'synAck' && tracking.lastKind === 'syn' && tracking.lastReply !== reply;
    if (!answered || segment.acknowledgement !== tracking.lastEnd) {
      remember(tracking, segment, reply);
      return 'ignored';
    }
    resynchronize(tracking, reply);
    state = 'SYN_SENT';
    next = 'SYN_RECV';
  }
  if (next === 'SYN_SENT2') tracking.simultaneousOpen = true;
  if (next === 'SYN_RECV' && reply && segment.kind === 'ack' && tracking.simultaneousOpen) next = 'ESTABLISHED';
  if (next === 'CLOSE' && segment.kind === 'rst') {
    const judged = judgeReset(connection, tracking, segment, reply, old);
    if (judged === 'invalid') return 'invalid';
    if (judged === 'believed') return next;
    if (judged === 'doubted') next = old;
  }
  const fits = trackWindow(tracking, segment, reply, state);
  if (fits === 'accept') return next;
  if (conntrackSysctl(kernel, 'tcp_be_liberal', 0) !== 0) return next;
  return fits === 'ignore' ? 'ignored' : 'invalid';
}

/** Notes a segment that passes without being believed: what answers it decides. */
function remember(tracking: TcpTracking, segment: Segment, reply: boolean): void {
  tracking.lastKind = segment.kind;
  tracking.lastReply = reply;
  tracking.lastSequence = segment.sequence;
  tracking.lastEnd = segment.end;
  tracking.lastWindow = segment.window;
  if (segment.kind === 'syn' && !reply) tracking.lastSyn = handshakeOptions(segment.options);
}

/** `believed`: it need not fit the window; `doubted`: the state stays, for a challenge ACK may follow (RFC 5961). */
function judgeReset(
  connection: Connection,
  tracking: TcpTracking,
  segment: Segment,
  reply: boolean,
  old: TcpConntrackState,
): 'check' | 'believed' | 'doubted' | 'invalid' {
  const acknowledged = tracking.sides[reply ? 0 : 1].maxAck;
  const isEstablished = old === 'ESTABLISHED';
  let doubted = false;
  if (acknowledged !== undefined && tracking.lastKind !== 'syn') {
    if (segment.sequence === 0 && !isEstablished) return 'check';
    if (before(segment.sequence, acknowledged)) return 'invalid';
    if (!isEstablished || segment.sequence === acknowledged) return 'check';
    const follows =
      tracking.lastKind === 'ack' && tracking.lastReply === reply && segment.sequence === tracking.lastEnd;
    if (follows) return 'check';
    doubted = true;
  }
  const answersSyn = connection.seenReply && tracking.lastKind === 'syn';
  const answersHalfOpen = !connection.assured && tracking.lastKind === 'ack';
  if ((answersSyn || answersHalfOpen) && segment.acknowledgement === tracking.lastEnd)
    return doubted ? 'doubted' : 'believed';
  if (tracking.lastKind === 'synAck' && tracking.lastReply !== reply) return doubted ? 'doubted' : 'believed';
  return doubted ? 'doubted' : 'check';
}

function enter(
  kernel: Kernel,
  connection: Connection,
  tracking: TcpTracking,
  segment: Segment,
  reply: boolean,
  old: TcpConntrackState,
  next: TcpConntrackState,
): void {
  tracking.lastKind = segment.kind;
  tracking.lastReply = reply;
  connection.tcpState = next;
  if (old !== next && next === 'FIN_WAIT') tracking.sides[reply ? 1 : 0].closeInitiated = true;
  let timeout = timeoutFor(kernel, tracking, segment, next);
  if (!connection.seenReply) {
    if (segment.kind === 'rst') {
      // Only a reset came back: there is no connection to remember.
      if (isInTable(kernel, connection)) removeConnection(kernel, connection);
      return;
    }
    // A client that keeps knocking does not keep the entry alive.
    if (segment.kind === 'syn' && old === 'SYN_SENT') return;
    if (next === 'ESTABLISHED') timeout = Math.min(timeout, conntrackTimeout(kernel, 'tcp_timeout_unacknowledged'));
  } else if (!connection.assured && (old === 'SYN_RECV' || old === 'ESTABLISHED') && next === 'ESTABLISHED') {
    connection.assured = true;
  }
  connection.expires = kernel.world.queue.now + timeout;
}

function timeoutFor(kernel: Kernel, tracking: TcpTracking, segment: Segment, state: TcpConntrackState): number {
  if (segment.kind === 'rst') return conntrackTimeout(kernel, 'tcp_timeout_close');
  const usual = state === 'NONE' ? 0 : conntrackTimeout(kernel, TCP_TIMEOUT[state]);
  const stalled = conntrackTimeout(kernel, 'tcp_timeout_max_retrans');
  if (tracking.retransmissions >= conntrackSysctl(kernel, 'tcp_max_retrans', 3)) return Math.min(usual, stalled);
  const unanswered = tracking.sides[0].dataUnacknowledged || tracking.sides[1].dataUnacknowledged;
  if (unanswered) return Math.min(usual, conntrackTimeout(kernel, 'tcp_timeout_unacknowledged'));
  return tracking.lastWindow === 0 ? Math.min(usual, stalled) : usual;
}
