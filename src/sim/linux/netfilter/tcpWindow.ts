import type { TcpOption } from '../../../wire/tcp.ts';
import { TcpFlag, TcpView } from '../../../wire/tcp.ts';
import { WireError } from '../../../wire/wireError.ts';
import type { SegmentKind } from './tcpStates.ts';

/*
 * Window tracking after van Rooij, "Real Stateful TCP Packet Filtering in IP Filter", as nf_conntrack_proto_tcp.c does it.
 * A segment belongs to the connection if
 *
 *   I.   seq       <= sender.maxEnd                          it does not overrun what the receiver offered
 *   II.  seq + len >= sender.end - receiver.maxWindow        it is not wholly older than the receiver's window
 *   III. ack       <= receiver.end                           it acknowledges nothing that was not sent
 *   IV.  ack       >= receiver.end - max(66000, maxWindow)   nor something very old
 */

/** What has been seen of one end (ip_ct_tcp_state). Sequence numbers are unsigned 32-bit and wrap. */
export interface TcpSide {
  /** Highest sequence number sent, plus one. */
  end: number;
  /** Highest that the other end's window lets it send. */
  maxEnd: number;
  /** Largest window it has offered, scaled; 0: nothing seen yet. */
  maxWindow: number;
  /** Highest acknowledgement it has sent. */
  maxAck: number | undefined;
  scale: number;
  windowScaling: boolean;
  sackPermitted: boolean;
  /** History unknown: out-of-window segments are no reason to mistrust it. */
  liberal: boolean;
  /** It sent a FIN first. */
  closeInitiated: boolean;
  dataUnacknowledged: boolean;
}

/** What has been seen of a connection's segments (ip_ct_tcp). */
export interface TcpTracking {
  readonly sides: readonly [original: TcpSide, reply: TcpSide];
  lastKind: SegmentKind;
  lastReply: boolean;
  lastSequence: number;
  lastAck: number;
  lastEnd: number;
  lastWindow: number;
  /** Window scale and SACK of a SYN that was let through although the state did not expect it. */
  lastSyn: { readonly scale: number | undefined; readonly sackPermitted: boolean } | undefined;
  retransmissions: number;
  simultaneousOpen: boolean;
}

/** The parts of a segment that tracking looks at. */
export interface Segment {
  readonly kind: SegmentKind;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Sequence number behind the segment; SYN and FIN count as one. */
  readonly end: number;
  /** As on the wire. */
  readonly window: number;
  readonly options: readonly TcpOption[];
}

const MINIMUM_ACK_WINDOW = 66_000;
const MAXIMUM_SCALE = 14;

export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
export const after = (a: number, b: number): boolean => before(b, a);
const u32 = (value: number): number => value >>> 0;

/** @param length bytes of TCP header and payload, by the IP header's account. */
export function readSegment(bytes: Uint8Array, offset: number, length: number, kind: SegmentKind): Segment {
  const view = new TcpView(bytes, offset);
  const { flags, sequence, acknowledgement, window } = view;
  const counted = (flags & TcpFlag.syn ? 1 : 0) + (flags & TcpFlag.fin ? 1 : 0);
  const end = u32(sequence + length - view.dataOffset + counted);
  return { kind, flags, sequence, acknowledgement, end, window, options: readOptions(view) };
}

function readOptions(view: TcpView): readonly TcpOption[] {
  try {
    return view.options();
  } catch (error) {
    // Tracking reads what it can and leaves the judgement on silly options to the receiver.
    if (error instanceof WireError) return [];
    throw error;
  }
}

function unseenSide(known: { readonly liberal: boolean }): TcpSide {
  return {
    end: 0,
    maxEnd: 0,
    maxWindow: 0,
    maxAck: undefined,
    scale: 0,
    windowScaling: false,
    sackPermitted: known.liberal,
    liberal: known.liberal,
    closeInitiated: false,
    dataUnacknowledged: false,
  };
}

/** @param known whether the connection's beginning is seen; if not, everything in it is trusted. */
export function newTracking(known: boolean): TcpTracking {
  const liberal = !known;
  return {
    sides: [unseenSide({ liberal }), unseenSide({ liberal })],
    lastKind: 'none',
    lastReply: false,
    lastSequence: 0,
    lastAck: 0,
    lastEnd: 0,
    lastWindow: 0,
    lastSyn: undefined,
    retransmissions: 0,
    simultaneousOpen: false,
  };
}

/** The tracking of a connection whose first segment this is (tcp_new). */
export function trackingFrom(segment: Segment): TcpTracking {
  const tracking = newTracking(segment.kind === 'syn');
  const side = tracking.sides[0];
  side.end = segment.end;
  side.maxWindow = Math.max(1, segment.window);
  side.maxEnd = segment.kind === 'syn' ? segment.end : u32(segment.end + side.maxWindow);
  if (segment.kind === 'syn') readHandshakeOptions(side, segment.options);
  return tracking;
}

export function handshakeOptions(options: readonly TcpOption[]): { scale: number | undefined; sackPermitted: boolean } {
  let scale: number | undefined;
  let sackPermitted = false;
  for (const option of options) {
    if (option.kind === 'windowScale') scale = Math.min(MAXIMUM_SCALE, option.shift);
    else if (option.kind === 'sackPermitted') sackPermitted = true;
  }
  return { scale, sackPermitted };
}

function readHandshakeOptions(side: TcpSide, options: readonly TcpOption[]): void {
  if (options.length === 0) return;
  const { scale, sackPermitted } = handshakeOptions(options);
  side.scale = scale ?? 0;
  side.windowScaling = scale !== undefined;
  side.sackPermitted = sackPermitted;
  side.liberal = false;
}

/** Takes up a handshake that was let through unbelieved and is now answered: both ends know better than the tracker. */
export function resynchronize(tracking: TcpTracking, reply: boolean): void {
  const { lastSyn } = tracking;
  const other = tracking.sides[reply ? 0 : 1];
  Object.assign(other, unseenSide({ liberal: false }), {
    end: tracking.lastEnd,
    maxEnd: tracking.lastEnd,
    maxWindow: Math.max(1, tracking.lastWindow),
    scale: lastSyn?.scale ?? 0,
    windowScaling: lastSyn?.scale !== undefined,
    sackPermitted: lastSyn?.sackPermitted ?? false,
  });
  Object.assign(tracking.sides[reply ? 1 : 0], unseenSide({ liberal: false }));
}

/** First segment of this end, or a handshake begun anew with higher numbers (tcp_init_sender). */
function initializeSender(sender: TcpSide, receiver: TcpSide, segment: Segment, fresh: boolean): void {
  sender.end = segment.end;
  sender.maxEnd = segment.end;
  sender.maxWindow = Math.max(1, segment.window);
  readHandshakeOptions(sender, segment.options);
  // Scaling is on only if both ends asked for it (RFC 7323 section 2.2).
  if (fresh && !(sender.windowScaling && receiver.windowScaling)) {
    sender.scale = 0;
    receiver.scale = 0;
  }
}

function highestSack(options: readonly TcpOption[], from: number): number {
  let highest = from;
  for (const option of options) {
    if (option.kind !== 'sack') continue;
    for (const { right } of option.blocks) if (after(right, highest)) highest = right;
  }
  return highest;
}

/**
 * Whether the segment fits the windows; if so, they move (tcp_in_window).
 * @param state the connection's state before this segment.
 * @returns `ignore` for what is only late: it may pass, and changes nothing.
 */
export function trackWindow(
  tracking: TcpTracking,
  segment: Segment,
  reply: boolean,
  state: string,
): 'accept' | 'ignore' | 'invalid' {
  const sender = tracking.sides[reply ? 1 : 0];
  const receiver = tracking.sides[reply ? 0 : 1];
  const isSyn = (segment.flags & TcpFlag.syn) !== 0;
  const hasAck = (segment.flags & TcpFlag.ack) !== 0;
  const isReset = (segment.flags & TcpFlag.rst) !== 0;
  let { sequence, end } = segment;
  let ack = segment.acknowledgement;
  let sack = receiver.sackPermitted ? highestSack(segment.options, ack) : ack;
  if (sender.maxWindow === 0) {
    if (isSyn) {
      initializeSender(sender, receiver, segment, true);
      if (!hasAck) return 'accept';
    } else {
      sender.end = end;
      sender.maxWindow = Math.max(1, segment.window * 2 ** sender.scale);
      sender.maxEnd = u32(end + sender.maxWindow);
      if (receiver.maxWindow === 0) {
        receiver.end = sack;
        receiver.maxEnd = sack;
      } else if (sack === u32(receiver.end + 1)) receiver.end = sack;
    }
  } else if (after(end, sender.end) && state === (reply ? 'SYN_RECV' : 'SYN_SENT')) {
    initializeSender(sender, receiver, segment, false);
  }
  if (!hasAck || (isReset && ack === 0)) {
    ack = receiver.end;
    sack = ack;
  }
  if (sequence === end && (!isReset || (sequence === 0 && state === 'SYN_SENT'))) {
    // Nothing in it that takes up numbers: only the acknowledgement can be wrong. A reset is judged by its number.
    sequence = sender.end;
    end = sequence;
  }
  const verdict = judge(sender, receiver, { sequence, end, sack });
  if (verdict !== 'accept' && !sender.liberal) return verdict;
  moveWindows(tracking, segment, reply, { sequence, end, ack, sack });
  return 'accept';
}

function judge(
  sender: TcpSide,
  receiver: TcpSide,
  { sequence, end, sack }: { readonly sequence: number; readonly end: number; readonly sack: number },
): 'accept' | 'ignore' | 'invalid' {
  const ackWindow = Math.max(sender.maxWindow, MINIMUM_ACK_WINDOW);
  if (!before(sequence, sender.maxEnd + 1)) {
    const overshot = u32(end - sender.maxEnd + 1);
    const known = after(sack, receiver.end - ackWindow - 1) && before(sack, receiver.end + 1);
    // A sender that overruns the window by less than a window is followed, though this segment is not vouched for.
    if (known && receiver.maxWindow > 0 && overshot <= receiver.maxWindow) {
      sender.end = end;
      sender.dataUnacknowledged = true;
    }
    return 'invalid';
  }
  if (!before(sack, receiver.end + 1)) return 'invalid';
  if (receiver.maxWindow > 0 && !after(end, sender.end - receiver.maxWindow - 1)) return 'ignore';
  return after(sack, receiver.end - ackWindow - 1) ? 'accept' : 'ignore';
}

interface Numbers {
  readonly sequence: number;
  readonly end: number;
  readonly ack: number;
  readonly sack: number;
}

function moveWindows(tracking: TcpTracking, segment: Segment, reply: boolean, numbers: Numbers): void {
  const { sequence, end, ack, sack } = numbers;
  const sender = tracking.sides[reply ? 1 : 0];
  const receiver = tracking.sides[reply ? 0 : 1];
  const isSyn = (segment.flags & TcpFlag.syn) !== 0;
  const hasAck = (segment.flags & TcpFlag.ack) !== 0;
  const window = isSyn ? segment.window : segment.window * 2 ** sender.scale;
  sender.maxWindow = Math.max(sender.maxWindow, window + u32(sack - ack));
  if (after(end, sender.end)) {
    sender.end = end;
    sender.dataUnacknowledged = true;
  }
  if (hasAck && (sender.maxAck === undefined || after(ack, sender.maxAck))) sender.maxAck = ack;
  if (receiver.maxWindow !== 0 && after(end, sender.maxEnd)) receiver.maxWindow += u32(end - sender.maxEnd);
  if (after(sack + window, receiver.maxEnd - 1)) receiver.maxEnd = u32(sack + window + (window === 0 ? 1 : 0));
  if (ack === receiver.end) receiver.dataUnacknowledged = false;
  if (segment.kind !== 'ack') return;
  const again =
    tracking.lastReply === reply &&
    tracking.lastSequence === sequence &&
    tracking.lastAck === ack &&
    tracking.lastEnd === end &&
    tracking.lastWindow === window;
  tracking.retransmissions = again ? tracking.retransmissions + 1 : 0;
  tracking.lastReply = reply;
  tracking.lastSequence = sequence;
  tracking.lastAck = ack;
  tracking.lastEnd = end;
  tracking.lastWindow = window;
}
