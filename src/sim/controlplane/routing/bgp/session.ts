import { chance } from '../../../../base/chance.ts';
import type { BgpPeer } from '../../../../datamodel/bgp/plan.ts';
import type { BgpProtocolState, BgpSessionState } from '../../../../datamodel/bgp/state.ts';
import { compareAddresses, type IpAddress } from '../../../../wire/address.ts';
import type { BgpMessage } from '../../../../wire/bgp.ts';
import type { BgpOpen } from '../../../../wire/bgpOpen.ts';
import type { BgpUpdate } from '../../../../wire/bgpUpdate.ts';
import { faultOf, type Negotiated, negotiate } from './capabilities.ts';
import { CONNECTION_STATES, Connection, type ConnectionOwner } from './connection.ts';
import type { LoopTimer, MainLoop } from './mainLoop.ts';
import { PREFERENCE, type RouteProtocol } from './route.ts';
import { SessionChannel } from './sessionChannel.ts';
import { describeError, type SessionError } from './sessionError.ts';
import type { SessionHost } from './sessionHost.ts';
import type { Socket, TcpStack } from './tcp.ts';
import { MICROSECOND, SECOND } from './virtualTime.ts';

/** Seconds without an error after which earlier ones no longer prolong the wait. */
const ERROR_AMNESIA = 300;

/**
 * One `protocol bgp` of a BIRD (`bgp_proto`, proto/bgp/bgp.c): its state as a protocol, its two possible connections,
 * what ended it last and how long it waits before it tries again.
 */
export class Session implements ConnectionOwner {
  readonly peer: BgpPeer;
  readonly protocol: RouteProtocol;
  readonly loop: MainLoop;
  readonly tcp: TcpStack;
  readonly channel: SessionChannel;
  state: BgpProtocolState['state'] = 'down';
  since = 0;
  /** How far the start has come: before it may connect, waiting after an error, free to connect. */
  phase: 'prepare' | 'delay' | 'connect' = 'prepare';
  /** What the connection that is Established negotiated. */
  negotiated: Negotiated | undefined;
  readonly #bird: SessionHost;
  readonly #outgoing: Connection;
  readonly #incoming: Connection;
  readonly #startupTimer: LoopTimer;
  readonly #restartTimer: LoopTimer;
  readonly #decide = () => this.#decision();
  readonly #startLocked = () => this.#locked();
  #established: Connection | undefined;
  #error: SessionError | undefined;
  #startupDelay = 0;
  #lastErrorAt: number | undefined;
  #draws = 0;
  #neighborId: IpAddress | undefined;
  #shown: BgpSessionState = 'Down';
  #flushed = true;

  constructor(bird: SessionHost, peer: BgpPeer) {
    this.#bird = bird;
    this.peer = peer;
    this.loop = bird.loop;
    this.tcp = bird.tcp;
    const session = this;
    this.protocol = {
      name: peer.name,
      type: 'bgp',
      preference: PREFERENCE.bgp,
      bgp: {
        internal: peer.localAs === peer.neighborAs,
        localAs: peer.localAs,
        neighbor: peer.neighbor,
        get neighborId() {
          return session.#neighborId;
        },
        clusterId: peer.reflectorClient?.clusterId,
        device: peer.multihop ? undefined : bird.interfaceTowards(peer.neighbor)?.name,
      },
    };
    this.channel = new SessionChannel(this, bird.table, bird.sources);
    this.#outgoing = new Connection(this);
    this.#incoming = new Connection(this);
    this.#startupTimer = this.loop.timer(() => this.#startup());
    this.#restartTimer = this.loop.timer(() => this.#restartTimeout());
  }

  get routerId(): IpAddress {
    return this.#bird.routerId;
  }

  /** The interface on whose subnet an address is, while it is up. */
  deviceTowards(address: IpAddress): string | undefined {
    const device = this.#bird.interfaceTowards(address)?.name;
    return device !== undefined && this.#bird.isUp(device) ? device : undefined;
  }

  log(text: string): void {
    this.#bird.log(this.peer.name, text);
  }

  /** BIRD takes up to a quarter off all of BGP's timers (RFC 4271 section 10). */
  startTimer(timer: LoopTimer, seconds: number): void {
    if (seconds === 0) {
      timer.stop();
      return;
    }
    const microseconds = seconds * 1_000_000;
    const off = chance(this.#bird.seed, 'jitter', this.#bird.name, this.#bird.startedAt, this.peer.name, this.#draws++);
    timer.start((microseconds - (off % (microseconds / 4 + 1))) * MICROSECOND);
  }

  start(): void {
    this.phase = 'prepare';
    this.log('Starting');
    this.#setState('start');
    this.loop.schedule(this.#startLocked);
  }

  /** `birdc down`. */
  shutdown(): void {
    this.log('Shutdown requested');
    this.storeError({ class: 'manual' });
    this.#startupDelay = 0;
    if (this.state === 'start' || this.state === 'up') this.stop(2);
    else this.#bird.sessionDown();
  }

  /** Ends what there is, with a Cease of that subcode to a neighbour that listens. */
  stop(subcode: number): void {
    if (this.state === 'stop' || this.state === 'down' || this.state === 'flush') return;
    this.#restartTimer.stop();
    this.#startupTimer.stop();
    this.channel.leave();
    this.#flushed = false;
    this.#bird.table.flush(this.peer.name, () => {
      this.#flushed = true;
      if (this.state === 'flush') this.#finishDown();
    });
    this.#setState('stop');
    this.#outgoing.closeGracefully(subcode);
    this.#incoming.closeGracefully(subcode);
    this.decideLater();
  }

  /** An interface over which the neighbour is reached has changed. */
  interfaceChanged(device: string): void {
    if (this.peer.multihop || this.protocol.bgp?.device !== device) return;
    if (this.state === 'down' || this.state === 'stop' || this.state === 'flush') return;
    const preparing = this.state === 'start' && this.phase === 'prepare';
    if (!this.#bird.isUp(device)) {
      if (!preparing) this.#lose('Neighbor lost');
    } else if (!this.#bird.hasCarrier(device)) {
      if (!preparing) this.#lose('Link down');
    } else if (preparing) {
      this.log('Neighbor ready');
      this.#initiate();
    }
  }

  storeError(error: SessionError, connection?: Connection): void {
    if (this.state === 'up' && connection && connection !== this.#established) return;
    if (this.state !== 'stop') this.#error = error;
  }

  /** The next start waits, twice as long as after the last error up to the limit. */
  delayNextStart(): void {
    const [least, most] = this.peer.errorWaitTime;
    const now = this.loop.now;
    if (this.#lastErrorAt !== undefined && now - this.#lastErrorAt >= ERROR_AMNESIA * SECOND) this.#startupDelay = 0;
    this.#lastErrorAt = now;
    this.#startupDelay = this.#startupDelay === 0 ? least : Math.min(2 * this.#startupDelay, most);
  }

  decideLater(): void {
    this.loop.schedule(this.#decide);
  }

  incomingConnection(socket: Socket): void {
    let accepts = (this.state === 'start' || this.state === 'up') && this.phase === 'connect' && !this.#incoming.socket;
    const old = this.#established;
    if (old && this.negotiated?.restartReady) {
      this.storeError({ class: 'misc', text: 'Graceful restart' });
      this.#neighborRestarts();
      old.enterIdle();
      this.#incoming.release();
      accepts = true;
    }
    this.log(`Incoming connection from ${this.peer.neighbor} ${accepts ? 'accepted' : 'rejected'}`);
    if (accepts) this.#incoming.accept(socket);
    else socket.close();
  }

  connectionFailed(connection: Connection, reason: string | undefined): void {
    this.storeError({ class: 'socket', ...(reason && { reason }) }, connection);
    this.log(reason ? `Connection lost (${reason})` : 'Connection closed');
    if (connection.state === 'Established' && this.negotiated?.restartReady) this.#neighborRestarts();
    connection.enterIdle();
  }

  receiveOpen(connection: Connection, open: BgpOpen): void {
    const fault = connection.state === 'OpenSent' ? faultOf(open, this.peer, this.routerId) : { code: 5, subcode: 2 };
    if (fault) {
      connection.fail(fault.code, fault.subcode);
      return;
    }
    const other = connection === this.#outgoing ? this.#incoming : this.#outgoing;
    if (other.state === 'Connect' || other.state === 'Active') other.enterIdle();
    else if (other.state === 'OpenConfirm' && this.#prefers(connection, open)) {
      this.log('Connection collision, giving up the other connection');
      other.fail(6, 7);
    } else if (other.state === 'OpenConfirm' || other.state === 'Established') {
      this.log('Connection collision, giving up this connection');
      connection.fail(6, 7);
      return;
    }
    const { holdTime, keepaliveTime } = negotiate(this.peer, open);
    this.#neighborId = open.identifier;
    connection.confirm(open, holdTime, keepaliveTime);
  }

  enterEstablished(connection: Connection): void {
    if (!connection.open) return;
    this.log('BGP session established');
    this.#established = connection;
    this.#error = undefined;
    this.#restartTimer.stop();
    this.negotiated = negotiate(this.peer, connection.open);
    if (this.channel.restarting && !this.negotiated.forwardingPreserved) this.#restartDone();
    connection.establish();
    this.#setState('up');
    this.channel.join(this.negotiated);
  }

  leaveEstablished(): void {
    this.log('BGP session closed');
    this.#established = undefined;
    if (this.state === 'up') this.stop(0);
  }

  receiveUpdate(update: BgpUpdate): void {
    if (this.channel.receive(update) === 'end-of-rib' && this.channel.restarting) this.#restartDone();
  }

  nextUpdate(): BgpUpdate | undefined {
    return this.channel.nextUpdate();
  }

  /** There is something to announce. */
  updatePending(): void {
    this.#established?.schedule('update');
  }

  sent(message: BgpMessage): void {
    this.#bird.sent(this.peer, message);
  }

  /** A connection's state changed, and perhaps the one that is shown. */
  connectionChanged(): void {
    const state = this.sessionState;
    if (state === this.#shown) return;
    this.#shown = state;
    this.#bird.sessionChanged(this.peer, state);
  }

  /** As `birdc show protocols` shows it: the later of the connections' states. */
  get sessionState(): BgpSessionState {
    if (this.state === 'down') return 'Down';
    const rank = (connection: Connection) => CONNECTION_STATES.indexOf(connection.state);
    const state = CONNECTION_STATES[Math.max(rank(this.#outgoing), rank(this.#incoming))] ?? 'Idle';
    return state === 'Idle' && this.phase === 'connect' && this.peer.passive ? 'Passive' : state;
  }

  describe(): BgpProtocolState {
    const { neighbor, neighborAs, localAs } = this.peer;
    const connection = this.#established;
    const lastError = this.#error && describeError(this.#error);
    const seconds = (timer: LoopTimer) => (timer.left ?? 0) / SECOND;
    return {
      name: this.peer.name,
      protocol: 'BGP',
      state: this.state,
      since: this.since,
      session: {
        state: this.sessionState,
        neighbor,
        neighborAs,
        localAs,
        restarting: this.channel.restarting,
        ...(lastError !== undefined && { lastError }),
        ...(connection && {
          hold: { left: seconds(connection.holdTimer), of: connection.holdTime },
          keepalive: { left: seconds(connection.keepaliveTimer), of: connection.keepaliveTime },
        }),
      },
    };
  }

  #setState(state: BgpProtocolState['state']): void {
    this.state = state;
    this.since = this.loop.now;
    this.log(`State changed to ${state}`);
    this.connectionChanged();
  }

  #locked(): void {
    if (this.state !== 'start') return;
    const device = this.protocol.bgp?.device;
    if (this.peer.multihop) this.#initiate();
    else if (device === undefined || !this.#bird.isUp(device))
      this.log(`Waiting for ${this.peer.neighbor} to become my neighbor`);
    else if (!this.#bird.hasCarrier(device)) this.log(`Waiting for link on ${device}`);
    else this.#initiate();
  }

  #initiate(): void {
    if (this.#startupDelay === 0) {
      this.#startup();
      return;
    }
    this.phase = 'delay';
    this.log(`Startup delayed by ${this.#startupDelay} seconds due to errors`);
    this.startTimer(this.#startupTimer, this.#startupDelay);
  }

  #startup(): void {
    this.log('Started');
    this.phase = 'connect';
    this.connectionChanged();
    if (!this.peer.passive) this.#activate();
  }

  #activate(): void {
    this.log(`Connect delayed by ${Math.max(1, this.peer.connectDelayTime)} seconds`);
    this.#outgoing.activate();
  }

  #decision(): void {
    const idle = this.#outgoing.state === 'Idle';
    if (this.state === 'start' && idle && this.phase === 'connect') {
      if (this.#incoming.state !== 'OpenConfirm' && !this.peer.passive) this.#activate();
    } else if (this.state === 'stop' && idle && this.#incoming.state === 'Idle') {
      this.log('Down');
      this.#setState('flush');
      if (this.#flushed) this.#finishDown();
    }
  }

  #finishDown(): void {
    this.phase = 'prepare';
    this.#setState('down');
    if (this.#bird.shuttingDown) this.#bird.sessionDown();
    else this.start();
  }

  #lose(text: 'Neighbor lost' | 'Link down'): void {
    this.log(text);
    this.storeError({ class: 'misc', text });
    if (text === 'Link down' && this.state === 'up') this.delayNextStart();
    this.stop(0);
  }

  /** The neighbour has gone without a word and may be back: its routes stay meanwhile (RFC 4724 section 4.2). */
  #neighborRestarts(): void {
    this.log('Neighbor graceful restart detected');
    this.channel.pause();
    this.#setState('start');
    this.#restartTimer.start((this.negotiated?.restartTime ?? 0) * SECOND);
  }

  #restartDone(): void {
    this.log('Neighbor graceful restart done');
    this.channel.resume();
  }

  #restartTimeout(): void {
    this.log('Neighbor graceful restart timeout');
    this.stop(0);
  }

  /** Of two connections in OpenConfirm, the one that the speaker with the higher identifier began stays (RFC 4271 section 6.8). */
  #prefers(connection: Connection, open: BgpOpen): boolean {
    const difference = compareAddresses(this.routerId, open.identifier);
    const neighborDominates = difference < 0 || (difference === 0 && this.peer.localAs < this.peer.neighborAs);
    return neighborDominates === (connection === this.#incoming);
  }
}
