import { TcpFlag } from '../../../../wire/tcp.ts';
import type { Skb } from '../../skb.ts';
import { deliver, drop } from '../record.ts';
import { processAcknowledgement, sampleRtt } from './acknowledge.ts';
import { acknowledgeReceived, enterQuickAcks, noteDataReceived } from './acknowledgePolicy.ts';
import type { TcpControl } from './control.ts';
import { finAcknowledged, retransmitLost, sendAck } from './output.ts';
import { sendReset } from './reset.ts';
import { has, type Segment, segmentLength } from './segment.ts';
import { seqAdd, seqAfter, seqBefore } from './sequence.ts';

/** What the state machine asks of the socket around it. */
export interface TcpOwner {
  /** The handshake of a connection that a listener accepted is complete. */
  established(): void;
  /** The connection is gone; an error when the program is to hear of one. */
  gone(error: 'ECONNREFUSED' | 'ECONNRESET' | undefined): void;
}

/** A segment for this connection (RFC 9293 section 3.10.7; net/ipv4/tcp_input.c, tcp_rcv_state_process). */
export function receiveSegment(tcp: TcpControl, owner: TcpOwner, segment: Segment, skb: Skb): void {
  tcp.cause = skb;
  if (tcp.state === 'SYN_SENT') {
    receiveInSynSent(tcp, owner, segment, skb);
    return;
  }
  if (tcp.state === 'SYN_RECV' && has(segment, TcpFlag.syn) && !has(segment, TcpFlag.ack)) {
    // The peer has not seen the SYN-ACK: it is sent again without waiting for the timer (tcp_check_req).
    took(tcp, skb);
    for (const chunk of tcp.sent) chunk.lost = true;
    for (const chunk of tcp.sent) chunk.retransmitting = false;
    retransmitLost(tcp);
    return;
  }
  if (!acceptable(tcp, segment)) {
    drop(tcp.kernel, skb, 'TCP_OLD_DATA', 'its sequence numbers lie outside the receive window');
    if (!has(segment, TcpFlag.rst)) acknowledgeDuplicate(tcp, segment, skb);
    return;
  }
  if (has(segment, TcpFlag.rst)) {
    receiveReset(tcp, owner, segment, skb);
    return;
  }
  if (has(segment, TcpFlag.syn)) {
    drop(tcp.kernel, skb, 'TCP_FLAGS', 'a SYN inside an established connection is only challenged (RFC 5961)');
    sendAck(tcp, skb);
    return;
  }
  if (!has(segment, TcpFlag.ack)) {
    drop(tcp.kernel, skb, 'TCP_FLAGS', 'it has no ACK flag');
    return;
  }
  if (tcp.state === 'SYN_RECV' && !completesHandshake(tcp, segment)) {
    drop(tcp.kernel, skb, 'TCP_FLAGS', 'it acknowledges something else than the SYN ACK');
    sendReset(tcp.kernel, skb, segment);
    return;
  }
  took(tcp, skb);
  rememberTimestamp(tcp, segment);
  if (tcp.state === 'SYN_RECV') {
    tcp.state = 'ESTABLISHED';
    tcp.sendWindow = segment.window * 2 ** tcp.sendWindowShift;
    owner.established();
  }
  if (!processAcknowledgement(tcp, segment)) {
    sendAck(tcp, skb);
    return;
  }
  if (afterAcknowledgement(tcp, owner)) receiveData(tcp, owner, segment, skb);
  // What is left of a socket without a program in these states is a timewait socket.
  if (tcp.state === 'TIME_WAIT' || (tcp.orphan && tcp.state === 'FIN_WAIT2')) tcp.remnant = true;
}

function receiveInSynSent(tcp: TcpControl, owner: TcpOwner, segment: Segment, skb: Skb): void {
  const answers = segment.acknowledgement === tcp.sendNext;
  if (has(segment, TcpFlag.ack) && !answers) {
    drop(tcp.kernel, skb, 'TCP_FLAGS', 'it acknowledges something that was not sent');
    sendReset(tcp.kernel, skb, segment);
    return;
  }
  if (has(segment, TcpFlag.rst)) {
    if (!has(segment, TcpFlag.ack)) {
      drop(tcp.kernel, skb, 'TCP_RESET', 'a RST that answers no SYN');
      return;
    }
    took(tcp, skb);
    owner.gone('ECONNREFUSED');
    return;
  }
  if (!has(segment, TcpFlag.syn) || !has(segment, TcpFlag.ack)) {
    drop(tcp.kernel, skb, 'TCP_FLAGS', 'only a SYN ACK can answer a SYN');
    return;
  }
  took(tcp, skb);
  const [syn] = tcp.sent.splice(0);
  if (syn && !syn.retransmitted) sampleRtt(tcp, tcp.kernel.world.queue.now - syn.sentAt);
  tcp.sendUnacknowledged = segment.acknowledgement;
  takeSynOptions(tcp, segment);
  tcp.sendWindow = segment.window;
  tcp.largestWindow = segment.window;
  tcp.retries = 0;
  tcp.state = 'ESTABLISHED';
  sendAck(tcp, skb);
  owner.established();
}

/** What a SYN or SYN-ACK settles for the connection. */
export function takeSynOptions(tcp: TcpControl, segment: Segment): void {
  tcp.received.next = seqAdd(segment.sequence, 1);
  tcp.lastAcknowledged = tcp.received.next;
  tcp.windowUpdate = segment.sequence;
  tcp.peerMss = Math.max(segment.mss ?? 536, 88);
  tcp.timestamps &&= segment.timestamps !== undefined;
  tcp.sackPermitted &&= segment.sackPermitted;
  tcp.windowScaling &&= segment.windowScale !== undefined;
  tcp.sendWindowShift = tcp.windowScaling ? (segment.windowScale ?? 0) : 0;
  if (!tcp.windowScaling) tcp.receiveWindowShift = 0;
  if (tcp.timestamps) tcp.recentTimestamp = segment.timestamps?.value ?? 0;
}

function completesHandshake(tcp: TcpControl, segment: Segment): boolean {
  return segment.acknowledgement === tcp.sendNext;
}

/** tcp_sequence: some of it lies in the window. */
function acceptable(tcp: TcpControl, segment: Segment): boolean {
  const end = seqAdd(segment.sequence, segmentLength(segment));
  const windowEnd = seqAdd(tcp.received.next, tcp.receiveWindow);
  return !seqBefore(end, tcp.received.next) && !seqAfter(segment.sequence, windowEnd);
}

function receiveReset(tcp: TcpControl, owner: TcpOwner, segment: Segment, skb: Skb): void {
  if (segment.sequence !== tcp.received.next) {
    drop(tcp.kernel, skb, 'TCP_RESET', 'a RST beside the next sequence number is only challenged (RFC 5961)');
    sendAck(tcp, skb);
    return;
  }
  took(tcp, skb);
  const quiet = tcp.state === 'SYN_RECV' || tcp.state === 'TIME_WAIT' || tcp.orphan;
  owner.gone(quiet ? undefined : 'ECONNRESET');
}

/** Moves on when the FIN has been acknowledged. @returns whether the rest of the segment still matters. */
function afterAcknowledgement(tcp: TcpControl, owner: TcpOwner): boolean {
  if (!finAcknowledged(tcp)) return true;
  if (tcp.state === 'FIN_WAIT1') tcp.state = 'FIN_WAIT2';
  else if (tcp.state === 'CLOSING') tcp.state = 'TIME_WAIT';
  else if (tcp.state === 'LAST_ACK') {
    owner.gone(undefined);
    return false;
  }
  return true;
}

function receiveData(tcp: TcpControl, owner: TcpOwner, segment: Segment, skb: Skb): void {
  const { length } = segment.payload;
  const fin = has(segment, TcpFlag.fin);
  if (length === 0 && !fin) return;
  const open = tcp.state === 'ESTABLISHED' || tcp.state === 'FIN_WAIT1' || tcp.state === 'FIN_WAIT2';
  if (!open) {
    acknowledgeDuplicate(tcp, segment, skb);
    return;
  }
  if (tcp.orphan && length > 0 && seqAfter(seqAdd(segment.sequence, length), tcp.received.next)) {
    // Nobody will read it (RFC 1122 section 4.2.2.13).
    sendReset(tcp.kernel, skb, segment);
    owner.gone(undefined);
    return;
  }
  if (length > 0) {
    const result = tcp.received.add(segment.sequence, segment.payload);
    if (result.duplicate) tcp.duplicateSack = result.duplicate;
    if (result.kind === 'old') {
      enterQuickAcks(tcp);
      tcp.pingPong = false;
      tcp.acknowledgeNow = true;
    } else noteDataReceived(tcp, length);
    if (result.filledGap) tcp.acknowledgeNow = true;
    for (const data of result.data) if (data.length > 0) tcp.events.data(data);
  }
  if (fin) tcp.finAt = seqAdd(segment.sequence, length);
  if (tcp.finAt === tcp.received.next) {
    receiveFin(tcp, skb);
    return;
  }
  acknowledgeReceived(tcp, skb);
}

/** tcp_fin. While the program has not closed its side, its FIN usually carries the acknowledgement. */
function receiveFin(tcp: TcpControl, skb: Skb): void {
  tcp.finAt = undefined;
  tcp.received.next = seqAdd(tcp.received.next, 1);
  if (tcp.state === 'ESTABLISHED') {
    tcp.state = 'CLOSE_WAIT';
    tcp.pingPong = true;
    acknowledgeReceived(tcp, skb);
  } else {
    tcp.state = tcp.state === 'FIN_WAIT1' ? 'CLOSING' : 'TIME_WAIT';
    sendAck(tcp, skb);
  }
  tcp.events.ended();
}

/** tcp_send_dupack: what came twice is reported, so that the sender learns what its copy did. */
function acknowledgeDuplicate(tcp: TcpControl, segment: Segment, skb: Skb): void {
  const end = seqAdd(segment.sequence, segment.payload.length);
  if (segment.payload.length > 0 && seqBefore(segment.sequence, tcp.received.next)) {
    const right = seqAfter(end, tcp.received.next) ? tcp.received.next : end;
    tcp.duplicateSack = { left: segment.sequence, right };
    enterQuickAcks(tcp);
  }
  sendAck(tcp, skb);
}

/** RFC 7323 section 4.3: the timestamp to echo is that of the segment at the left edge of the window. */
function rememberTimestamp(tcp: TcpControl, segment: Segment): void {
  if (!tcp.timestamps || segment.timestamps === undefined) return;
  if (!seqAfter(segment.sequence, tcp.lastAcknowledged)) tcp.recentTimestamp = segment.timestamps.value;
}

function took(tcp: TcpControl, skb: Skb): void {
  deliver(tcp.kernel, skb, 'socket', tcp.setup.name, tcp.setup.entry);
}
