import type { BgpPeer } from '../../../../datamodel/bgp/plan.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { BgpMessage, BgpNotification } from '../../../../wire/bgp.ts';
import type { BgpOpen } from '../../../../wire/bgpOpen.ts';
import type { BgpUpdate } from '../../../../wire/bgpUpdate.ts';
import { openOf } from './capabilities.ts';
import type { LoopTimer, MainLoop } from './mainLoop.ts';
import type { SessionError } from './sessionError.ts';
import type { Socket, SocketHandlers, TcpStack } from './tcp.ts';

/** In the order of RFC 4271 section 8.2.2, of which BIRD shows the later of a session's two connections. */
export const CONNECTION_STATES = [
  'Idle',
  'Connect',
  'Active',
  'OpenSent',
  'OpenConfirm',
  'Established',
  'Close',
] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** What a connection needs of the session that it is of. */
export interface ConnectionOwner {
  readonly loop: MainLoop;
  readonly tcp: TcpStack;
  readonly peer: BgpPeer;
  readonly routerId: IpAddress;
  readonly state: string;
  log(text: string): void;
  startTimer(timer: LoopTimer, seconds: number): void;
  connectionChanged(): void;
  connectionFailed(connection: Connection, reason: string | undefined): void;
  decideLater(): void;
  delayNextStart(): void;
  enterEstablished(connection: Connection): void;
  leaveEstablished(): void;
  nextUpdate(): BgpUpdate | undefined;
  receiveOpen(connection: Connection, open: BgpOpen): void;
  receiveUpdate(update: BgpUpdate): void;
  sent(message: BgpMessage): void;
  stop(subcode: number): void;
  storeError(error: SessionError, connection: Connection): void;
}

/** Seconds to wait for an OPEN, and for the last message to leave. */
const INITIAL_HOLD_TIME = 240;
const CLOSE_TIME = 10;

/** One of the two TCP connections that a session may have, outgoing or incoming (`bgp_conn`). */
export class Connection {
  state: ConnectionState = 'Idle';
  socket: Socket | undefined;
  /** The neighbour's OPEN. */
  open: BgpOpen | undefined;
  readonly connectTimer: LoopTimer;
  readonly holdTimer: LoopTimer;
  readonly keepaliveTimer: LoopTimer;
  holdTime = 0;
  keepaliveTime = 0;
  readonly #session: ConnectionOwner;
  readonly #due = new Set<'open' | 'keepalive' | 'update' | 'close'>();
  #notification: BgpNotification | undefined;
  readonly #transmit = () => {
    // As much as there is: the socket takes it all.
    while (this.#sendNext());
  };

  constructor(session: ConnectionOwner) {
    this.#session = session;
    this.connectTimer = session.loop.timer(() => this.#connectTimeout());
    this.holdTimer = session.loop.timer(() => this.#holdTimeout());
    this.keepaliveTimer = session.loop.timer(() => this.schedule('keepalive'));
  }

  /** Waits before it connects (`bgp_active`). */
  activate(): void {
    this.#setState('Active');
    this.#session.startTimer(this.connectTimer, Math.max(1, this.#session.peer.connectDelayTime));
  }

  connect(): void {
    const { peer } = this.#session;
    this.#session.log(`Connecting to ${peer.neighbor} from local address ${peer.localAddress}`);
    this.#setState('Connect');
    this.#session.startTimer(this.connectTimer, peer.connectRetryTime);
    const handlers = this.#handlers(() => {
      this.#session.log('Connected');
      this.#sendOpen();
    });
    this.socket = this.#session.tcp.connect(peer.localAddress, peer.neighbor, handlers);
  }

  accept(socket: Socket): void {
    this.socket = socket;
    this.#session.tcp.accept(socket, this.#handlers());
    this.#sendOpen();
  }

  /** Puts a message off to the loop's next tasks; a NOTIFICATION goes first and is the last. */
  schedule(what: 'open' | 'keepalive' | 'update' | 'close'): void {
    this.#due.add(what);
    if (!this.#session.loop.isScheduled(this.#transmit)) this.#session.loop.schedule(this.#transmit);
  }

  /** Says why and closes (`bgp_error`): anything but Cease makes the next start wait. */
  fail(code: number, subcode: number): void {
    if (this.state === 'Close') return;
    this.#session.storeError({ class: 'sent', code, subcode }, this);
    this.enterClose();
    this.#notification = { type: 'NOTIFICATION', code, subcode };
    this.schedule('close');
    if (code === 6) return;
    this.#session.delayNextStart();
    this.#session.stop(0);
  }

  /** For a session that stops: with a subcode of Cease where the neighbour has heard of us. */
  closeGracefully(subcode: number): void {
    if (this.state === 'Connect' || this.state === 'Active') this.enterIdle();
    else if (this.state !== 'Idle' && this.state !== 'Close') this.fail(6, subcode);
  }

  enterClose(): void {
    const before = this.state;
    this.#setState('Close');
    this.keepaliveTimer.stop();
    this.#session.startTimer(this.holdTimer, CLOSE_TIME);
    if (before === 'Established') this.#session.leaveEstablished();
  }

  enterIdle(): void {
    const before = this.state;
    this.release();
    this.#setState('Idle');
    this.#session.decideLater();
    if (before === 'Established') this.#session.leaveEstablished();
  }

  establish(): void {
    this.#setState('Established');
  }

  release(): void {
    this.#due.clear();
    this.#notification = undefined;
    this.#session.loop.cancel(this.#transmit);
    for (const timer of [this.connectTimer, this.holdTimer, this.keepaliveTimer]) timer.stop();
    this.socket?.close();
    this.socket = undefined;
    this.open = undefined;
  }

  #handlers(connected?: () => void): SocketHandlers {
    return {
      ...(connected && { connected }),
      received: (message) => this.#receive(message),
      failed: (reason) => {
        // Nobody listens any more to a connection that is about to be closed.
        if (this.state === 'Close') return;
        this.socket = undefined;
        this.#session.connectionFailed(this, reason);
      },
    };
  }

  #setState(state: ConnectionState): void {
    this.state = state;
    this.#session.connectionChanged();
  }

  #sendOpen(): void {
    this.connectTimer.stop();
    this.schedule('open');
    this.#setState('OpenSent');
    this.#session.startTimer(this.holdTimer, INITIAL_HOLD_TIME);
  }

  #sendNext(): boolean {
    if (!this.socket) return false;
    if (this.#notification) {
      const notification = this.#notification;
      this.#notification = undefined;
      this.#due.clear();
      this.#due.add('close');
      return this.#send(notification);
    }
    if (this.#due.has('close')) {
      this.enterIdle();
      return false;
    }
    if (this.#due.delete('open')) return this.#send(openOf(this.#session.peer, this.#session.routerId));
    if (this.#due.delete('keepalive')) {
      this.#session.startTimer(this.keepaliveTimer, this.keepaliveTime);
      return this.#send({ type: 'KEEPALIVE' });
    }
    if (!this.#due.has('update')) return false;
    const update = this.#session.nextUpdate();
    if (update) return this.#send(update);
    this.#due.delete('update');
    return false;
  }

  #send(message: BgpMessage): boolean {
    this.#session.sent(message);
    this.socket?.send(message);
    return true;
  }

  #receive(message: BgpMessage): void {
    if (this.state === 'Close') return;
    switch (message.type) {
      case 'OPEN':
        this.#session.receiveOpen(this, message);
        return;
      case 'KEEPALIVE':
        this.#session.startTimer(this.holdTimer, this.holdTime);
        if (this.state === 'OpenConfirm') this.#session.enterEstablished(this);
        return;
      case 'UPDATE':
        this.#receiveUpdate(message);
        return;
      case 'NOTIFICATION':
        this.#receiveNotification(message);
        return;
      case 'ROUTE-REFRESH':
    }
  }

  #receiveUpdate(update: BgpUpdate): void {
    if (this.state === 'OpenConfirm') this.#session.enterEstablished(this);
    this.#session.startTimer(this.holdTimer, this.holdTime);
    if (this.state === 'Established') this.#session.receiveUpdate(update);
  }

  /** Anything but Cease is an error of ours to the neighbour, after which the next start waits. */
  #receiveNotification({ code, subcode }: BgpNotification): void {
    this.#session.storeError({ class: 'received', code, subcode }, this);
    this.enterClose();
    this.schedule('close');
    if (code === 6) return;
    this.#session.delayNextStart();
    this.#session.stop(0);
  }

  confirm(open: BgpOpen, holdTime: number, keepaliveTime: number): void {
    this.open = open;
    this.holdTime = holdTime;
    this.keepaliveTime = keepaliveTime;
    this.schedule('keepalive');
    this.#session.startTimer(this.holdTimer, holdTime);
    this.#setState('OpenConfirm');
  }

  #connectTimeout(): void {
    if (this.#session.state === 'start') {
      this.release();
      this.connect();
    } else this.enterIdle();
  }

  #holdTimeout(): void {
    if (this.state === 'Close') {
      this.#session.log('Connection stalled');
      this.enterIdle();
    } else this.fail(4, 0);
  }
}
