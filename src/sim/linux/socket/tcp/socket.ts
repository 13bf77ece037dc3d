import { chance } from '../../../../base/chance.ts';
import { Icmpv4Type, Icmpv4View, UnreachableCode } from '../../../../wire/icmpv4.ts';
import { Ipv4View } from '../../../../wire/ipv4.ts';
import { TcpView } from '../../../../wire/tcp.ts';
import { calledByProgram, translateSocket } from '../../ebpf/programs.ts';
import type { Kernel, Socket, SocketEnd } from '../../kernel.ts';
import type { Skb } from '../../skb.ts';
import { bindFault, portFault } from '../bind.ts';
import { ephemeralPort } from '../port.ts';
import { drop } from '../record.ts';
import { defaultTtl } from '../send.ts';
import { icmpMeaning, type SocketError } from '../socketError.ts';
import type { SocketOptions } from '../udp.ts';
import { pathShrank, reorderTimeout } from './acknowledge.ts';
import { TcpControl, type TcpEvents, type TcpSetup } from './control.ts';
import { receiveSegment, takeSynOptions } from './input.ts';
import { currentMss, emitChunk, newChunk, queueFin, sendActiveReset, sendQueued, write } from './output.ts';
import { refuseConnect } from './refuseConnect.ts';
import { armRetransmission } from './retransmission.ts';
import { announcedMss, readSegment, routeOf, type Segment, timestampOffset } from './segment.ts';
import { seqAdd, seqAfter, seqBefore } from './sequence.ts';
import { lossProbe, retransmissionTimeout } from './timeout.ts';

/** Window scale of a receive buffer with Linux's default limits (net.ipv4.tcp_rmem). */
const WINDOW_SHIFT = 7;
const TIMESTAMP_OPTION = 12;
const ECN_MASK = 3;

/** One end of a TCP connection, with the calls that a program makes on it. */
export class TcpSocket implements Socket {
  private readonly tcp: TcpControl;
  private readonly accepted: (() => void) | undefined;

  private constructor(kernel: Kernel, setup: TcpSetup, events: TcpEvents, accepted?: () => void) {
    this.tcp = new TcpControl(kernel, setup, events);
    this.accepted = accepted;
    this.tcp.onTimeout = (kind) => {
      if (kind === 'probe') lossProbe(this.tcp);
      else if (kind === 'reorder') reorderTimeout(this.tcp);
      else retransmissionTimeout(this.tcp, () => this.gone('ETIMEDOUT'));
    };
    this.tcp.onRelease = () => this.release();
  }

  /** Sends a SYN, to where the cgroup's programs want it. @returns the socket, or what connect() fails with at once. */
  static connect(
    kernel: Kernel,
    asked: SocketEnd,
    options: SocketOptions,
    events: TcpEvents,
  ): TcpSocket | { readonly error: SocketError } {
    const unbound = bindFault(kernel, options);
    if (unbound !== undefined) return { error: unbound };
    const translated = translateSocket(kernel, 'cgroup/connect4', 'tcp', asked);
    if (translated && 'refused' in translated) {
      refuseConnect(kernel, asked, options, translated);
      return { error: translated.error };
    }
    const remote = translated?.backend ?? asked;
    // TCP has one peer: connect() to a broadcast or multicast address fails (tcp_v4_connect).
    const kind = kernel.fib.addressType(remote.address);
    if (kind === 'BROADCAST' || kind === 'MULTICAST') return { error: 'ENETUNREACH' };
    const found = kernel.stack.routeOutput(kernel, { destination: remote.address, source: options.bind });
    const address = options.bind ?? (found.ok ? found.route.source : undefined) ?? UNBOUND;
    const inUse = portFault(kernel, 'tcp', address, options);
    if (inUse !== undefined) return { error: inUse };
    const port = options.sourcePort ?? ephemeralPort(kernel, 'tcp', address, remote);
    if (port === undefined) return { error: 'EADDRNOTAVAIL' };
    const setup: TcpSetup = {
      ...chances(kernel, { address, port }, remote),
      role: 'forward',
      exchange: options.exchange,
      ttl: options.ttl ?? defaultTtl(kernel),
      // TCP speaks ECN itself: a program may not set its bits (ip_sock_set_tos).
      tos: (options.tos ?? 0) & ~ECN_MASK,
      pathMtuDiscovery: options.pathMtuDiscovery ?? 'want',
      name: `TCP socket ${port}`,
      ...(translated && { translation: translated }),
    };
    const socket = new TcpSocket(kernel, setup, events);
    if (translated) socket.tcp.notes.push(translated.note);
    if (found.ok && found.route.source === undefined && options.bind === undefined) return { error: 'EADDRNOTAVAIL' };
    const error = socket.sendSyn();
    return error === undefined ? socket : { error };
  }

  /** Answers a listener's SYN. `accepted` is called when the handshake is complete. */
  static accept(
    kernel: Kernel,
    setup: Pick<TcpSetup, 'local' | 'remote' | 'role' | 'exchange' | 'name' | 'entry'>,
    syn: Segment,
    skb: Skb,
    accepted: (socket: TcpSocket) => TcpEvents,
  ): TcpSocket {
    const full: TcpSetup = {
      ...setup,
      ...chances(kernel, setup.local, setup.remote),
      ttl: defaultTtl(kernel),
      tos: 0,
      pathMtuDiscovery: 'want',
    };
    const socket: TcpSocket = new TcpSocket(kernel, full, SILENT, () => {
      socket.tcp.events = accepted(socket);
    });
    socket.sendSynAck(syn, skb);
    return socket;
  }

  send(bytes: Uint8Array, label: string): void {
    if (this.tcp.state === 'ESTABLISHED' || this.tcp.state === 'CLOSE_WAIT') write(this.tcp, bytes, label);
  }

  /** shutdown(SHUT_WR): a FIN follows what has been written. */
  endWriting(): void {
    const { tcp } = this;
    if (tcp.finQueued) return;
    if (tcp.state === 'ESTABLISHED') tcp.state = 'FIN_WAIT1';
    else if (tcp.state === 'CLOSE_WAIT') tcp.state = 'LAST_ACK';
    else return;
    queueFin(tcp);
  }

  /** close(): the kernel finishes the connection alone. A half-made one just disappears. */
  close(): void {
    this.tcp.events = SILENT;
    this.tcp.orphan = true;
    if (this.tcp.state === 'SYN_SENT') this.gone(undefined);
    else this.endWriting();
  }

  /** close() with SO_LINGER 0: a RST instead of a FIN. */
  abort(): void {
    this.tcp.events = SILENT;
    if (this.tcp.state !== 'CLOSE' && this.tcp.state !== 'SYN_SENT') sendActiveReset(this.tcp, undefined);
    this.gone(undefined);
  }

  /** getpeername(): what the program asked for, where a program of the cgroup sees to that. */
  get peer(): SocketEnd {
    const { kernel, setup } = this.tcp;
    const { translation } = setup;
    const called = translation && calledByProgram(kernel, 'cgroup/getpeername4', 'tcp', translation);
    return called ? translation.asked : setup.remote;
  }

  /** Bytes of data that a full segment carries now. */
  get mss(): number {
    return currentMss(this.tcp);
  }

  receive(skb: Skb): void {
    if (this.tcp.held) this.tcp.backlog.push(skb);
    else this.process(skb);
  }

  /** What waited while a write held the socket is one batch: nothing is sent for it before its last (tcp_add_backlog). */
  private release(): void {
    const { tcp } = this;
    tcp.held = true;
    for (const skb of tcp.backlog.splice(0)) this.process(skb);
    tcp.held = false;
    if (tcp.state !== 'CLOSE') sendQueued(tcp);
  }

  private process(skb: Skb): void {
    if (this.tcp.state === 'CLOSE') {
      drop(this.tcp.kernel, skb, 'TCP_CLOSE', 'the connection was given up while the packet waited');
      return;
    }
    const segment = readSegment(skb);
    if (segment)
      receiveSegment(this.tcp, { established: () => this.established(), gone: (e) => this.gone(e) }, segment, skb);
    else drop(this.tcp.kernel, skb, 'PKT_TOO_SMALL', 'the TCP header or its options are malformed');
  }

  error(type: number, code: number, info: number, skb: Skb): void {
    const { tcp } = this;
    const meaning = icmpMeaning(type, code);
    if (meaning === undefined || tcp.state === 'CLOSE' || tcp.state === 'TIME_WAIT' || !this.quotesOurs(skb)) return;
    if (type === Icmpv4Type.destinationUnreachable && code === UnreachableCode.fragmentationNeeded) {
      this.pathTooSmall(info);
    } else if (tcp.state === 'SYN_SENT') this.gone(meaning.error);
    else if (tcp.state === 'SYN_RECV' && !meaning.fatal) this.gone(undefined);
    // On an established connection other errors are only remembered (RFC 1122 section 4.2.3.9).
  }

  private sendSyn(): SocketError | undefined {
    const { tcp } = this;
    this.openWindow(0);
    tcp.state = 'SYN_SENT';
    tcp.kernel.sockets.connect('tcp', tcp.setup.local, tcp.setup.remote, this);
    const failure = this.sendFirst('SYN');
    if (failure !== undefined) this.gone(undefined);
    return failure;
  }

  private sendSynAck(syn: Segment, skb: Skb): void {
    const { tcp } = this;
    tcp.receiveWindowShift = WINDOW_SHIFT;
    takeSynOptions(tcp, syn);
    this.openWindow(tcp.timestamps ? TIMESTAMP_OPTION : 0);
    tcp.cause = skb;
    tcp.state = 'SYN_RECV';
    tcp.kernel.sockets.connect('tcp', tcp.setup.local, tcp.setup.remote, this);
    this.sendFirst('SYN ACK');
  }

  private sendFirst(label: string): SocketError | undefined {
    const { tcp } = this;
    const chunk = newChunk(tcp.sendNext, label, { syn: true });
    tcp.sent.push(chunk);
    tcp.sendNext = seqAdd(tcp.sendNext, 1);
    tcp.writeEnd = tcp.sendNext;
    const failure = emitChunk(tcp, chunk, 1);
    armRetransmission(tcp);
    return failure;
  }

  /** tcp_select_initial_window: as many whole segments as 65535 bytes hold. */
  private openWindow(optionBytes: number): void {
    const { tcp } = this;
    const found = routeOf(tcp);
    const announced = found.ok ? announcedMss(tcp, found.route) : 536;
    const mss = Math.min(announced, optionBytes > 0 ? tcp.peerMss : announced) - optionBytes;
    if (tcp.windowScaling) tcp.receiveWindowShift = WINDOW_SHIFT;
    tcp.receiveWindow = Math.floor(65535 / mss) * mss;
  }

  private established(): void {
    if (this.accepted) this.accepted();
    this.tcp.events.connected();
  }

  private gone(error: SocketError | undefined): void {
    const { tcp } = this;
    const { queue } = tcp.kernel.world;
    tcp.state = 'CLOSE';
    for (const timer of [tcp.timer, tcp.acknowledgeTimer, tcp.mtuTimer]) {
      if (timer) queue.cancel(timer);
    }
    tcp.kernel.sockets.disconnect('tcp', tcp.setup.local, tcp.setup.remote);
    if (error !== undefined) tcp.events.failed(error);
  }

  /** An error about something outside what is under way is old or forged (tcp_v4_err). */
  private quotesOurs(skb: Skb): boolean {
    const ip = new Ipv4View(skb.bytes, skb.networkOffset);
    const quote = new Ipv4View(skb.bytes, new Icmpv4View(skb.bytes, ip.payloadOffset).payloadOffset);
    const { sequence } = new TcpView(skb.bytes, quote.payloadOffset);
    return !seqBefore(sequence, this.tcp.sendUnacknowledged) && !seqAfter(sequence, this.tcp.sendNext);
  }

  /** While a system call holds the socket, the news waits until it lets go (tcp_v4_err, tcp_release_cb). */
  private pathTooSmall(mtu: number): void {
    const { tcp } = this;
    const { queue } = tcp.kernel.world;
    if (queue.now >= tcp.busyUntil && !tcp.held) {
      this.learnMtu(mtu);
      return;
    }
    tcp.pendingMtu = mtu;
    tcp.mtuTimer ??= queue.schedule(Math.max(tcp.busyUntil - queue.now, 0), () => {
      tcp.mtuTimer = undefined;
      this.pathTooSmall(tcp.pendingMtu);
    });
  }

  /** tcp_v4_mtu_reduced. */
  private learnMtu(mtu: number): void {
    const { tcp } = this;
    const before = tcp.pathMtu;
    tcp.kernel.stack.learnPathMtu(tcp.kernel, tcp.setup.remote.address, mtu);
    currentMss(tcp);
    if (tcp.setup.pathMtuDiscovery !== 'dont' && tcp.pathMtu < before) pathShrank(tcp);
  }
}

const UNBOUND = '0.0.0.0' as SocketEnd['address'];
const SEQUENCE_TICK = 64;
const SILENT: TcpEvents = { connected() {}, data() {}, ended() {}, failed() {} };

/** What Linux draws at random when a connection begins. */
function chances(
  kernel: Kernel,
  local: SocketEnd,
  remote: SocketEnd,
): Pick<TcpSetup, 'local' | 'remote' | 'initialSequence' | 'socketHash' | 'timestampOffset'> {
  const { seed, bootSeed, queue } = kernel.world;
  const ends = [kernel.id, local.address, local.port, remote.address, remote.port] as const;
  return {
    local,
    remote,
    // A secret of the ends, and a clock that ticks every 64 ns: a later connection between the same ends begins farther on
    // (net/core/secure_seq.c, seq_scale).
    initialSequence: (chance(bootSeed, 'initial sequence', ...ends) + Math.floor(queue.now / SEQUENCE_TICK)) >>> 0,
    socketHash: chance(seed, 'txhash', ...ends),
    timestampOffset: timestampOffset(bootSeed, local, remote),
  };
}
