import { Icmpv4Type, UnreachableCode } from '../../../wire/icmpv4.ts';
import { IPV4_HEADER_LENGTH } from '../../../wire/ipv4.ts';
import { readU32 } from '../../../wire/octets.ts';
import { SCTP_HEADER_LENGTH } from '../../../wire/sctp.ts';
import {
  dataChunk,
  initChunk,
  plainChunk,
  readData,
  readInit,
  SCTP_DATA_HEADER_LENGTH,
  SCTP_REFLECTED_TAG,
  type SctpChunk,
  SctpChunkType,
  sackChunk,
  shutdownChunk,
} from '../../../wire/sctpChunk.ts';
import type { Timer } from '../eventQueue.ts';
import type { Kernel, Socket } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { deliver, drop } from '../socket/record.ts';
import type { SocketError } from '../socket/socketError.ts';
import type { SocketOptions } from '../socket/udp.ts';
import { packetOf, type SctpPath, sendChunks } from './packets.ts';

/** What Linux offers: net.sctp's default streams, and a window of its default socket buffer. */
export const STREAMS = { outbound: 10, inbound: 0xffff } as const;
export const WINDOW = 106_496;
const SECOND = 1_000_000_000;
/** net.sctp.rto_initial, and how often it is doubled at most (max_init_retransmits, association_max_retrans). */
const RTO_INITIAL = 3 * SECOND;
const MOST_INITS = 8;
const MOST_RETRANSMISSIONS = 10;
/** Bytes that may be under way before the first is acknowledged (RFC 9260 section 7.2.1). */
const LEAST_WINDOW = 4380;

export interface AssociationEvents {
  connected(): void;
  message(bytes: Uint8Array): void;
  /** The other side has shut it down, or both are done. */
  ended(): void;
  failed(error: SocketError): void;
}

type State =
  | 'COOKIE_WAIT'
  | 'COOKIE_ECHOED'
  | 'ESTABLISHED'
  | 'SHUTDOWN_PENDING'
  | 'SHUTDOWN_SENT'
  | 'SHUTDOWN_RECEIVED'
  | 'SHUTDOWN_ACK_SENT'
  | 'CLOSED';

/** What both sides have agreed on by INIT and INIT ACK. */
export interface Agreement {
  readonly ownTag: number;
  readonly ownTsn: number;
  readonly peerTag: number;
  readonly peerTsn: number;
  readonly peerWindow: number;
}

interface Piece {
  readonly tsn: number;
  readonly chunk: SctpChunk;
}

/**
 * One end of an association with a single path and one stream each way (RFC 9260; net/sctp/sm_statefuns.c). What is lost is sent
 * again when its timer has run out, in order: there are no gap blocks, since nothing here overtakes.
 */
export class Association implements Socket {
  private readonly kernel: Kernel;
  private readonly path: SctpPath;
  private readonly options: Partial<SocketOptions>;
  private readonly events: AssociationEvents;
  private readonly name: string;
  private readonly onClosed: () => void;
  private state: State;
  private peerTag = 0;
  private readonly ownTag: number;
  private nextTsn: number;
  private received = 0;
  private readonly unsent: Piece[] = [];
  private readonly underWay: Piece[] = [];
  private streamSequence = 0;
  private congestion = LEAST_WINDOW;
  private peerWindow = WINDOW;
  private cookie: Uint8Array | undefined;
  private readonly pieces: Uint8Array[] = [];
  private timer: Timer | undefined;
  private attempts = 0;
  /** What is being answered, as long as it is. */
  private cause: Skb | undefined;

  constructor(
    kernel: Kernel,
    path: Omit<SctpPath, 'tag'>,
    options: Partial<SocketOptions>,
    events: AssociationEvents,
    own: Pick<Agreement, 'ownTag' | 'ownTsn'>,
    more: { readonly name: string; readonly onClosed: () => void; readonly agreed?: Agreement },
  ) {
    this.kernel = kernel;
    this.path = { ...path, tag: 0 };
    this.options = options;
    this.events = events;
    this.ownTag = own.ownTag;
    this.nextTsn = own.ownTsn;
    this.name = more.name;
    this.onClosed = more.onClosed;
    this.state = more.agreed ? 'ESTABLISHED' : 'COOKIE_WAIT';
    if (more.agreed) this.agree(more.agreed.peerTag, more.agreed.peerTsn, more.agreed.peerWindow);
  }

  get peer(): SctpPath['remote'] {
    return this.path.remote;
  }

  /** Asks for the association. @returns what connect() fails with at once. */
  open(): SocketError | undefined {
    return this.sendInit();
  }

  /** Sends one message, in as many chunks as the path needs. */
  send(message: Uint8Array): void {
    const room = this.room();
    for (let at = 0; at < message.length || at === 0; at += room) {
      const bytes = message.subarray(at, at + room);
      if (bytes.length === 0) return;
      const tsn = this.nextTsn;
      this.nextTsn = next(tsn);
      const [begins, ends] = [at === 0, at + room >= message.length];
      const chunk = dataChunk({ tsn, streamSequence: this.streamSequence, begins, ends, bytes });
      this.unsent.push({ tsn, chunk });
    }
    this.streamSequence = (this.streamSequence + 1) & 0xffff;
    this.sendQueued();
  }

  /** Shuts the association down once everything has been acknowledged. */
  close(): void {
    if (this.state === 'ESTABLISHED') {
      this.state = 'SHUTDOWN_PENDING';
      this.goOn();
    } else if (this.state === 'COOKIE_WAIT' || this.state === 'COOKIE_ECHOED') this.end();
  }

  receive(skb: Skb): void {
    const packet = packetOf(skb);
    if (packet === undefined) return;
    const { verificationTag: tag, chunks } = packet;
    if (!this.isOurs(tag, chunks)) {
      drop(this.kernel, skb, 'NOT_SPECIFIED', `the verification tag is not that of the association of ${this.name}`);
      return;
    }
    deliver(this.kernel, skb, 'socket', this.name);
    this.cause = skb;
    const answers: SctpChunk[] = [];
    for (const chunk of chunks) answers.push(...this.take(chunk));
    if (answers.length > 0) this.sendNow(answers);
    this.goOn();
    this.cause = undefined;
  }

  /** net/sctp/input.c, sctp_v4_err: of what routers say only the path's MTU and "no such protocol" count. */
  error(type: number, code: number, info: number): void {
    if (type !== Icmpv4Type.destinationUnreachable) return;
    if (code === UnreachableCode.fragmentationNeeded) {
      this.kernel.stack.learnPathMtu(this.kernel, this.path.remote.address, info);
      if (this.underWay.length > 0) this.resend(true);
    } else if (code === UnreachableCode.protocol && this.state === 'COOKIE_WAIT') this.fail('ECONNREFUSED');
  }

  /** Answers the one who has echoed the cookie, once more if that got lost. */
  acknowledgeCookie(skb: Skb): void {
    this.cause = skb;
    this.sendNow([plainChunk(SctpChunkType.cookieAck)]);
    this.cause = undefined;
  }

  private isOurs(tag: number, chunks: readonly SctpChunk[]): boolean {
    const [first] = chunks;
    const reflects = first?.type === SctpChunkType.abort || first?.type === SctpChunkType.shutdownComplete;
    if (reflects && (first.flags & SCTP_REFLECTED_TAG) !== 0) return tag === this.peerTag;
    return tag === this.ownTag;
  }

  private take(chunk: SctpChunk): readonly SctpChunk[] {
    switch (chunk.type) {
      case SctpChunkType.initAck:
        return this.echoCookie(chunk);
      case SctpChunkType.cookieAck:
        if (this.state === 'COOKIE_ECHOED') {
          this.state = 'ESTABLISHED';
          this.rest();
          this.events.connected();
        }
        return [];
      case SctpChunkType.cookieEcho:
        return this.state === 'ESTABLISHED' ? [plainChunk(SctpChunkType.cookieAck)] : [];
      case SctpChunkType.data:
        return this.takeData(chunk);
      case SctpChunkType.sack:
        if (chunk.value.length >= 8) this.acknowledged(readU32(chunk.value, 0), readU32(chunk.value, 4));
        return [];
      case SctpChunkType.heartbeat:
        return [plainChunk(SctpChunkType.heartbeatAck, 0, chunk.value)];
      case SctpChunkType.shutdown:
        if (chunk.value.length >= 4) this.acknowledged(readU32(chunk.value, 0), this.peerWindow);
        if (this.state === 'SHUTDOWN_SENT') return this.acknowledgeShutdown();
        if (this.state === 'ESTABLISHED' || this.state === 'SHUTDOWN_PENDING') this.state = 'SHUTDOWN_RECEIVED';
        return [];
      case SctpChunkType.shutdownAck:
        if (this.state !== 'SHUTDOWN_SENT' && this.state !== 'SHUTDOWN_ACK_SENT') return [];
        this.sendNow([plainChunk(SctpChunkType.shutdownComplete)]);
        this.end();
        this.events.ended();
        return [];
      case SctpChunkType.shutdownComplete:
        if (this.state !== 'SHUTDOWN_ACK_SENT') return [];
        this.end();
        this.events.ended();
        return [];
      case SctpChunkType.abort:
        this.fail(this.state === 'COOKIE_WAIT' || this.state === 'COOKIE_ECHOED' ? 'ECONNREFUSED' : 'ECONNRESET');
        return [];
      default:
        return [];
    }
  }

  private echoCookie(chunk: SctpChunk): readonly SctpChunk[] {
    const init = this.state === 'COOKIE_WAIT' ? readInit(chunk) : undefined;
    if (init?.cookie === undefined) return [];
    this.agree(init.tag, init.tsn, init.window);
    this.cookie = init.cookie;
    this.state = 'COOKIE_ECHOED';
    this.attempts = 0;
    this.await();
    return [plainChunk(SctpChunkType.cookieEcho, 0, init.cookie)];
  }

  private agree(tag: number, tsn: number, window: number): void {
    this.peerTag = tag;
    this.received = (tsn - 1) >>> 0;
    this.peerWindow = window;
  }

  private takeData(chunk: SctpChunk): readonly SctpChunk[] {
    const data = readData(chunk);
    if (data === undefined) return [];
    if (data.tsn === next(this.received)) {
      this.received = data.tsn;
      if (data.begins) this.pieces.length = 0;
      this.pieces.push(data.bytes);
      if (data.ends) this.events.message(joined(this.pieces.splice(0)));
    }
    return [sackChunk(this.received, WINDOW)];
  }

  private acknowledged(tsn: number, window: number): void {
    this.peerWindow = window;
    let bytes = 0;
    while (this.underWay[0] !== undefined && !isBehind(this.underWay[0].tsn, tsn)) {
      bytes += this.underWay.shift()?.chunk.value.length ?? 0;
    }
    if (bytes === 0) return;
    // Slow start: as much again may be under way.
    this.congestion += Math.min(bytes, this.room());
    this.rest();
    if (this.underWay.length > 0) this.await();
  }

  /** What the state allows next: data first, then the end. */
  private goOn(): void {
    this.sendQueued();
    if (this.unsent.length + this.underWay.length > 0) return;
    if (this.state === 'SHUTDOWN_PENDING') {
      this.state = 'SHUTDOWN_SENT';
      this.sendNow([shutdownChunk(this.received)]);
      this.await();
    } else if (this.state === 'SHUTDOWN_RECEIVED') this.sendNow(this.acknowledgeShutdown());
  }

  private acknowledgeShutdown(): readonly SctpChunk[] {
    this.state = 'SHUTDOWN_ACK_SENT';
    this.await();
    return [plainChunk(SctpChunkType.shutdownAck)];
  }

  private sendQueued(): void {
    if (this.state === 'COOKIE_WAIT' || this.state === 'COOKIE_ECHOED' || this.state === 'CLOSED') return;
    let flying = this.underWay.reduce((sum, { chunk }) => sum + chunk.value.length, 0);
    for (let piece = this.unsent[0]; piece !== undefined; piece = this.unsent[0]) {
      const size = piece.chunk.value.length;
      if (flying > 0 && flying + size > Math.min(this.congestion, this.peerWindow)) return;
      this.unsent.shift();
      this.underWay.push(piece);
      flying += size;
      this.sendNow([piece.chunk]);
      if (this.timer === undefined) this.await();
    }
  }

  private sendInit(): SocketError | undefined {
    const { ownTag: tag, nextTsn: tsn } = this;
    const chunk = initChunk(SctpChunkType.init, { tag, window: WINDOW, ...STREAMS, tsn });
    const error = sendChunks(this.kernel, this.path, [chunk], undefined, this.options);
    if (error === undefined) this.await();
    return error;
  }

  private sendNow(chunks: readonly SctpChunk[], mayFragment = false): void {
    sendChunks(this.kernel, { ...this.path, tag: this.peerTag }, chunks, this.cause, { ...this.options, mayFragment });
  }

  /** Bytes of a message that a packet has room for on this path. */
  private room(): number {
    const { kernel } = this;
    const { remote, local } = this.path;
    const found = kernel.stack.routeOutput(kernel, { destination: remote.address, source: local.address });
    const mtu = found.ok ? kernel.stack.routeMtu(kernel, found.route, remote.address) : 1500;
    const room = mtu - IPV4_HEADER_LENGTH - SCTP_HEADER_LENGTH - SCTP_DATA_HEADER_LENGTH;
    return Math.max(4, room & ~3);
  }

  private await(): void {
    this.rest(false);
    const delay = RTO_INITIAL * 2 ** Math.min(this.attempts, 4);
    this.timer = this.kernel.world.queue.scheduleTimer(delay, () => this.expired(), true);
  }

  private rest(again = true): void {
    if (this.timer) this.kernel.world.queue.cancel(this.timer);
    this.timer = undefined;
    if (again) this.attempts = 0;
  }

  private expired(): void {
    this.timer = undefined;
    this.attempts++;
    const isOpening = this.state === 'COOKIE_WAIT' || this.state === 'COOKIE_ECHOED';
    if (this.attempts > (isOpening ? MOST_INITS : MOST_RETRANSMISSIONS)) {
      this.fail('ETIMEDOUT');
      return;
    }
    if (this.state === 'COOKIE_WAIT') this.sendInit();
    else {
      if (this.state === 'COOKIE_ECHOED' && this.cookie)
        this.sendNow([plainChunk(SctpChunkType.cookieEcho, 0, this.cookie)]);
      else if (this.state === 'SHUTDOWN_SENT') this.sendNow([shutdownChunk(this.received)]);
      else if (this.state === 'SHUTDOWN_ACK_SENT') this.sendNow([plainChunk(SctpChunkType.shutdownAck)]);
      else this.resend(false);
      this.await();
    }
  }

  /** The earliest that is under way, and the others after it has been acknowledged. */
  private resend(mayFragment: boolean): void {
    const [first, ...others] = this.underWay.splice(0);
    if (first === undefined) return;
    this.unsent.unshift(...others);
    this.underWay.push(first);
    this.congestion = LEAST_WINDOW;
    this.sendNow([first.chunk], mayFragment);
  }

  private fail(error: SocketError): void {
    if (this.state === 'CLOSED') return;
    this.end();
    this.events.failed(error);
  }

  private end(): void {
    this.state = 'CLOSED';
    this.rest();
    this.onClosed();
  }
}

function next(tsn: number): number {
  return (tsn + 1) >>> 0;
}

/** Whether a TSN comes after another, round the end of the numbers. */
function isBehind(tsn: number, other: number): boolean {
  return ((tsn - other) | 0) > 0;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
