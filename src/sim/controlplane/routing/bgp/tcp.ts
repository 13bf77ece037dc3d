import { chance } from '../../../../base/chance.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { BgpMessage } from '../../../../wire/bgp.ts';
import type { MainLoop } from './mainLoop.ts';
import { Neighbours } from './neighbours.ts';
import type { Network } from './network.ts';
import { MICROSECOND, MILLISECOND, SECOND, type VirtualTime } from './virtualTime.ts';

/** What a process hears of a socket of its. */
export interface SocketHandlers {
  readonly connected?: () => void;
  readonly received: (message: BgpMessage) => void;
  /** `reason` as strerror words it; undefined when the other side closed it in good order. */
  readonly failed: (reason: string | undefined) => void;
}

/**
 * Linux: the first retransmission, TCP_RTO_MIN over what acknowledgements took so far, and the first of a SYN.
 * Each waits twice as long as the one before it.
 */
const FIRST_RETRANSMISSION = 200 * MILLISECOND;
const SLOWEST_ACKNOWLEDGEMENT = 40 * MILLISECOND;
const FIRST_SYN_RETRANSMISSION = SECOND;
const LONGEST_RETRANSMISSION = 120 * SECOND;
/** tcp_retries2 and tcp_syn_retries. */
const RETRANSMISSIONS = 15;
const SYN_RETRANSMISSIONS = 6;
/** tcp_orphan_retries as it is when it says 0. */
const ORPHAN_RETRANSMISSIONS = 8;
/** mcast_solicit: how often a neighbour is asked for its address, a second each. */
const SOLICITATIONS = 3;
const RESET = 'Connection reset by peer';

/** One end of a TCP connection between speakers, whole messages at a time. */
export class Socket {
  handlers: SocketHandlers | undefined;
  peer: Socket | undefined;
  readonly #stack: TcpStack;
  readonly #remote: IpAddress;
  readonly #unsent: BgpMessage[] = [];
  /** What it takes to be acknowledged is in it. */
  readonly #firstRetransmission: number;
  #unread = 0;
  #retransmissions = 0;
  #solicitations = 0;
  #retransmitsAt = 0;
  #cancelRetransmission: (() => void) | undefined;
  #open = true;

  constructor(stack: TcpStack, remote: IpAddress) {
    this.#stack = stack;
    this.#remote = remote;
    this.#firstRetransmission = FIRST_RETRANSMISSION + (stack.chance('acknowledgement') % SLOWEST_ACKNOWLEDGEMENT);
  }

  send(message: BgpMessage): void {
    if (!this.#open) return;
    this.#unsent.push(message);
    if (this.#unsent.length === 1) this.#transmit();
  }

  /** As `close(2)`: the kernel goes on until what is unsent has arrived, and says so; with unread data it is a reset. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelRetransmission?.();
    // What is unsent has its timer already.
    if (this.#unread === 0 && this.#retransmitsAt > this.#stack.time.now)
      this.#cancelRetransmission = this.#stack.time.at(this.#retransmitsAt, () => this.#part());
    else if (this.#unread === 0) this.#part();
    else {
      this.vanish();
      const peer = this.peer;
      if (peer && this.#stack.passes(this.#remote)) peer.#arrive(() => peer.#fail(RESET));
    }
  }

  /** The socket is gone without a word to the other side. */
  vanish(): void {
    this.#open = false;
    this.#unsent.length = 0;
    this.#cancelRetransmission?.();
    this.#stack.forget(this);
  }

  /** The SYN, until somebody answers it. */
  connect(local: IpAddress): void {
    if (!this.#open) return;
    if (!this.#stack.passes(this.#remote)) {
      if (this.#stack.isUnresolved(this.#remote)) this.#solicit(local);
      else this.#retry(FIRST_SYN_RETRANSMISSION, SYN_RETRANSMISSIONS, () => this.connect(local));
      return;
    }
    this.#retransmissions = 0;
    this.#solicitations = 0;
    const server = this.#stack.stackOf(this.#remote);
    // The kernel shakes hands before BIRD knows; where nobody listens it refuses.
    const listener = server?.listener;
    if (!server || !listener) {
      this.#arrive(() => this.#fail('Connection refused'));
      return;
    }
    const accepted = new Socket(server, local);
    accepted.peer = this;
    this.peer = accepted;
    this.#arrive(() => this.handlers?.connected?.());
    server.arrive(() => listener(accepted, local, this.#remote));
  }

  /** Nobody answers to ARP: the SYN waits for it, and the kernel gives up. */
  #solicit(local: IpAddress): void {
    if (this.#solicitations++ >= SOLICITATIONS) {
      this.#arrive(() => this.#fail('No route to host'));
      return;
    }
    const { time } = this.#stack;
    this.#cancelRetransmission = time.at(time.now + SECOND, () => this.connect(local));
  }

  /** A socket that nobody holds any more: it is given up sooner, and at once where its neighbour has no address. */
  #part(): void {
    const peer = this.peer;
    if (peer && !this.#stack.passes(this.#remote)) {
      const isLost = this.#retransmissions >= ORPHAN_RETRANSMISSIONS || this.#stack.isUnresolved(this.#remote);
      if (isLost) this.vanish();
      else this.#retry(this.#firstRetransmission, ORPHAN_RETRANSMISSIONS, () => this.#part());
      return;
    }
    if (peer) {
      for (const message of this.#unsent) peer.#receive(message);
      peer.#arrive(() => peer.#fail(undefined));
    }
    this.vanish();
  }

  #transmit(): void {
    const peer = this.peer;
    if (!this.#open || !peer || this.#unsent.length === 0) return;
    if (!this.#stack.passes(this.#remote)) {
      this.#retry(this.#firstRetransmission, RETRANSMISSIONS, () => this.#transmit());
      return;
    }
    this.#retransmissions = 0;
    for (const message of this.#unsent.splice(0)) {
      const came = peer.#receive(message);
      // A segment for a socket that is gone: the kernel tells its sender.
      if (!came && peer.#stack.passes(peer.#remote)) this.#arrive(() => this.#fail(RESET));
    }
  }

  /** @returns whether the socket is there to read. */
  #receive(message: BgpMessage): boolean {
    const came = this.#arrive(() => {
      this.#unread--;
      this.handlers?.received(message);
    });
    if (came) this.#unread++;
    return came;
  }

  /** @returns whether the socket is there to read. */
  #arrive(read: () => void): boolean {
    if (!this.#open) return false;
    this.#stack.arrive(() => {
      if (this.#open) read();
    });
    return true;
  }

  #retry(first: number, most: number, again: () => void): void {
    const { time } = this.#stack;
    if (this.#retransmissions >= most) {
      this.#arrive(() => this.#fail('Connection timed out'));
      return;
    }
    const wait = Math.min(first * 2 ** this.#retransmissions++, LONGEST_RETRANSMISSION);
    this.#retransmitsAt = time.now + wait;
    this.#cancelRetransmission = time.at(this.#retransmitsAt, again);
  }

  #fail(reason: string | undefined): void {
    this.vanish();
    this.handlers?.failed(reason);
  }
}

export type Listener = (socket: Socket, remote: IpAddress, local: IpAddress) => void;

/** The kernel's TCP of one speaker. */
export class TcpStack {
  readonly time: VirtualTime;
  /** Accepts connections to port 179 while BIRD runs. */
  listener: Listener | undefined;
  readonly #speaker: string;
  readonly #network: Network;
  readonly #stacks: ReadonlyMap<string, TcpStack>;
  readonly #seed: number;
  readonly #sockets = new Set<Socket>();
  readonly #neighbours: Neighbours;
  #loop: MainLoop | undefined;
  #arrivals = 0;
  #lastArrival = 0;

  constructor(
    speaker: string,
    network: Network,
    stacks: ReadonlyMap<string, TcpStack>,
    time: VirtualTime,
    seed: number,
  ) {
    this.#speaker = speaker;
    this.#network = network;
    this.#stacks = stacks;
    this.time = time;
    this.#seed = seed;
    this.#neighbours = new Neighbours((address) => chance(seed, 'neighbour', speaker, address));
  }

  /** Who reads: BIRD's loop while it runs. */
  attach(loop: MainLoop): void {
    this.#loop = loop;
  }

  connect(local: IpAddress, remote: IpAddress, handlers: SocketHandlers): Socket {
    const socket = new Socket(this, remote);
    socket.handlers = handlers;
    this.#sockets.add(socket);
    socket.connect(local);
    return socket;
  }

  accept(socket: Socket, handlers: SocketHandlers): void {
    socket.handlers = handlers;
    this.#sockets.add(socket);
  }

  /** The process is gone: the kernel closes what it had open. */
  closeAll(): void {
    this.listener = undefined;
    for (const socket of [...this.#sockets]) {
      socket.handlers = undefined;
      socket.close();
    }
  }

  /** The machine is gone: nobody closes anything. */
  vanish(): void {
    this.listener = undefined;
    for (const socket of [...this.#sockets]) socket.vanish();
  }

  forget(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  passes(remote: IpAddress): boolean {
    const passes = this.#network.passes(this.#speaker, remote);
    if (passes) this.#neighbours.answers(remote, this.time.now);
    else this.#neighbours.misses(remote, this.time.now);
    return passes;
  }

  /** A neighbour on the link whose address has to be asked for before anything is sent. */
  isUnresolved(remote: IpAddress): boolean {
    return this.#network.resolves(this.#speaker, remote) && this.#neighbours.isUnknown(remote, this.time.now);
  }

  stackOf(address: IpAddress): TcpStack | undefined {
    const owner = this.#network.ownerOf(address);
    return owner === undefined ? undefined : this.#stacks.get(owner);
  }

  chance(purpose: string): number {
    return chance(this.#seed, purpose, this.#speaker, this.#arrivals++);
  }

  /** Something for BIRD arrives here after its time on the wire, never before what was sent earlier. */
  arrive(read: () => void): void {
    const onTheWire = (20 + (this.chance('wire') % 40)) * MICROSECOND;
    this.#lastArrival = Math.max(this.#lastArrival, this.time.now + onTheWire);
    this.time.at(this.#lastArrival, () => this.#loop?.arrives(read));
  }
}
