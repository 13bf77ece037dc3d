import type { EntryRef } from '../../../../datamodel/flow/step.ts';
import type { Trace } from '../../../../datamodel/flow/trace.ts';
import type { SackBlock } from '../../../../wire/tcpOption.ts';
import type { SocketNote, SocketTranslation } from '../../ebpf/socketTranslation.ts';
import type { Timer } from '../../eventQueue.ts';
import type { Kernel, SocketEnd } from '../../kernel.ts';
import type { Skb } from '../../skb.ts';
import type { SocketError } from '../socketError.ts';
import { ReceiveQueue } from './receiveQueue.ts';

export type TcpState =
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT1'
  | 'FIN_WAIT2'
  | 'CLOSE_WAIT'
  | 'CLOSING'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE';

/** What the program behind a connection is told. After `failed` nothing more comes. */
export interface TcpEvents {
  connected(): void;
  data(bytes: Uint8Array): void;
  /** The peer has closed its side. */
  ended(): void;
  failed(error: SocketError): void;
}

/** A stretch of the send queue: what one write, or what a split left of it, is to put on the wire (an skb of Linux's queue). */
export interface Chunk {
  sequence: number;
  data: Uint8Array;
  readonly syn: boolean;
  fin: boolean;
  push: boolean;
  readonly label: string;
  sacked: boolean;
  lost: boolean;
  /** A retransmission is under way, as far as the sender knows. */
  retransmitting: boolean;
  retransmitted: boolean;
  sentAt: number;
  /** Data bytes a segment took when it was last sent. */
  segmentSize: number;
}

/** What the one timer of the send queue is set for (icsk_pending). */
export type TimerKind = 'retransmission' | 'probe' | 'reorder';

export interface TcpSetup {
  readonly local: SocketEnd;
  readonly remote: SocketEnd;
  readonly role: Trace['role'];
  readonly exchange: Trace['exchange'];
  readonly initialSequence: number;
  readonly socketHash: number;
  readonly timestampOffset: number;
  readonly ttl: number;
  readonly tos: number;
  readonly pathMtuDiscovery: 'do' | 'dont' | 'want';
  /** The program that takes what arrives, for steps and dispositions. */
  readonly name: string;
  readonly entry?: EntryRef | undefined;
  /** What programs made of connect()'s address. */
  readonly translation?: SocketTranslation | undefined;
}

export const MILLISECOND = 1_000_000;
export const SECOND = 1_000_000_000;
/** TCP_TIMEOUT_INIT, TCP_RTO_MIN, TCP_RTO_MAX of include/net/tcp.h. */
export const INITIAL_RTO = SECOND;
export const MINIMUM_RTO = 200 * MILLISECOND;
export const MAXIMUM_RTO = 120 * SECOND;
const INITIAL_CONGESTION_WINDOW = 10;
const DEFAULT_MSS = 536;

/** A connection's state (RFC 9293 section 3.3.1; struct tcp_sock). Fields are named after the RFC's variables. */
export class TcpControl {
  readonly kernel: Kernel;
  readonly setup: TcpSetup;
  events: TcpEvents;
  state: TcpState = 'CLOSE';
  socketHash: number;
  /** Told with the next packet. */
  readonly notes: SocketNote[] = [];

  /** Sent and not yet acknowledged, then not yet sent. */
  readonly sent: Chunk[] = [];
  readonly unsent: Chunk[] = [];
  sendUnacknowledged: number;
  sendNext: number;
  /** End of what has been written. */
  writeEnd: number;
  sendWindow = 0;
  /** SND.WL1: the segment that last updated the window. */
  windowUpdate = 0;
  largestWindow = 0;
  sendWindowShift = 0;
  peerMss = DEFAULT_MSS;
  pathMtu = 0;
  /** End of the last segment that was smaller than the MSS (snd_sml of Nagle's test). */
  smallEnd: number;

  congestionWindow = INITIAL_CONGESTION_WINDOW;
  slowStartThreshold = Number.MAX_SAFE_INTEGER;
  /** Congestion avoidance counts acknowledged segments here until they make a window. */
  acknowledgedInWindow = 0;
  /** SND.NXT when recovery began; undefined outside recovery. */
  recoveryEnd: number | undefined;
  /** Recovery began with selective acknowledgements, not with a timeout or a smaller path. */
  fastRecovery = false;

  smoothedRtt: number | undefined;
  rttVariation = 0;
  rto = INITIAL_RTO;
  retries = 0;
  timer: Timer | undefined;
  timerKind: TimerKind = 'retransmission';

  readonly received: ReceiveQueue;
  receiveWindow = 0;
  receiveWindowShift = 0;
  /** RCV.NXT of the last segment sent. */
  lastAcknowledged = 0;
  receiveMss = DEFAULT_MSS;
  quickAcks = 0;
  pingPong = false;
  acknowledgeNow = false;
  /** Where the peer's FIN lies in its sequence space, once it has come. */
  finAt: number | undefined;
  lastDataAt: number | undefined;
  acknowledgeTimer: Timer | undefined;

  timestamps = true;
  sackPermitted = true;
  windowScaling = true;
  recentTimestamp = 0;
  duplicateSack: SackBlock | undefined;

  /** What the timer does; set once by the socket (timeout.ts). */
  onTimeout: ((kind: TimerKind) => void) | undefined;
  /** A tail loss probe has gone out since the last progress. */
  probed = false;
  /** The program has let go of the socket. */
  orphan = false;
  /** Only a timewait socket is left of it, which answers without a count of ids (tcp_time_wait). */
  remnant = false;
  /** The program will send no more; a FIN is in the queue or out. */
  finQueued = false;
  /** The last packet received: what later packets of a server are caused by. */
  cause: Skb | undefined;
  /** A write that has more to send than goes at once holds the socket; packets that come meanwhile wait in the backlog. */
  held = false;
  readonly backlog: Skb[] = [];
  /** What is done with the backlog; set once by the socket. */
  onRelease: (() => void) | undefined;
  /** Until then a system call holds the socket, and news about the path wait (tcp_release_cb). */
  busyUntil = 0;
  mtuTimer: Timer | undefined;
  pendingMtu = 0;

  constructor(kernel: Kernel, setup: TcpSetup, events: TcpEvents) {
    this.kernel = kernel;
    this.setup = setup;
    this.events = events;
    this.socketHash = setup.socketHash;
    this.sendUnacknowledged = setup.initialSequence;
    this.sendNext = setup.initialSequence;
    this.writeEnd = setup.initialSequence;
    this.smallEnd = setup.initialSequence;
    this.received = new ReceiveQueue();
  }
}
