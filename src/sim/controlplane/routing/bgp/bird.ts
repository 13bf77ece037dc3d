import type { BgpHappening } from '../../../../datamodel/bgp/event.ts';
import type { BgpInterface, BgpPeer, BgpSpeaker } from '../../../../datamodel/bgp/plan.ts';
import type { BgpProtocolState, BgpSessionState, BgpTableRoute } from '../../../../datamodel/bgp/state.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { BgpMessage } from '../../../../wire/bgp.ts';
import { KernelProtocol } from './kernelProtocol.ts';
import type { KernelTable } from './kernelTable.ts';
import { type LoopTimer, MainLoop } from './mainLoop.ts';
import type { Network } from './network.ts';
import { DIRECT, enterDirectRoutes, enterStaticRoutes } from './ownRoutes.ts';
import type { TableRoute } from './route.ts';
import { Session } from './session.ts';
import type { SessionHost } from './sessionHost.ts';
import { RouteSources } from './sources.ts';
import { Table } from './table.ts';
import type { TcpStack } from './tcp.ts';
import { MILLISECOND, SECOND, type VirtualTime } from './virtualTime.ts';

/** Seconds between scans of kernel and interfaces, as Calico configures them; each wakes the loop. */
const SCAN_TIME = 2;

/** By when the kernel has told everything else about an interface that went down: its addresses, its routes, its state. */
const AFTERMATH = 5 * MILLISECOND;

/** What a BIRD runs on. */
export interface BirdHost {
  readonly speaker: BgpSpeaker;
  readonly time: VirtualTime;
  readonly network: Network;
  readonly tcp: TcpStack;
  readonly kernel: KernelTable;
  readonly seed: number;
  readonly record: (what: BgpHappening) => void;
}

/** One run of the BIRD daemon, from its start to its end. */
export class Bird implements SessionHost {
  readonly loop: MainLoop;
  readonly table: Table;
  readonly sources = new RouteSources();
  readonly tcp: TcpStack;
  readonly seed: number;
  /** Nanoseconds of virtual time. */
  readonly startedAt: number;
  shuttingDown = false;
  readonly #host: BirdHost;
  readonly #kernelProtocol: KernelProtocol;
  readonly #sessions: readonly Session[];
  readonly #scanTimer: LoopTimer;
  /** The kernel may have changed its table without a word. */
  #scanDue = true;
  #running = true;

  constructor(host: BirdHost) {
    this.#host = host;
    this.tcp = host.tcp;
    this.seed = host.seed;
    this.startedAt = host.time.now;
    this.loop = new MainLoop(host.time, host.seed, host.speaker.name);
    this.table = new Table(this.loop);
    this.#kernelProtocol = new KernelProtocol(host.speaker, host.kernel);
    this.#sessions = host.speaker.peers.map((peer) => new Session(this, peer));
    this.#scanTimer = this.loop.timer(() => this.#scan(), SCAN_TIME * SECOND);
    this.#begin();
  }

  get name(): string {
    return this.#host.speaker.name;
  }

  get routerId(): IpAddress {
    return this.#host.speaker.routerId;
  }

  get running(): boolean {
    return this.#running;
  }

  isUp(device: string): boolean {
    return this.#host.network.isUp(this.name, device);
  }

  hasCarrier(device: string): boolean {
    return this.#host.network.hasCarrier(this.name, device);
  }

  interfaceTowards(address: IpAddress): BgpInterface | undefined {
    return this.#host.network.interfaceTowards(this.name, address);
  }

  log(protocol: string, text: string): void {
    this.#host.record({ kind: 'log', speaker: this.name, protocol, text });
  }

  sessionChanged(peer: BgpPeer, state: BgpSessionState): void {
    this.#host.record({ kind: 'session', speaker: this.name, protocol: peer.name, state });
  }

  sent(peer: BgpPeer, message: BgpMessage): void {
    const to = this.#host.network.ownerOf(peer.neighbor) ?? peer.neighbor;
    this.#host.record({ kind: 'sent', speaker: this.name, protocol: peer.name, to, message });
  }

  /** `birdc down`: every session says why, then the process ends. */
  shutdown(): void {
    this.loop.arrives(() => {
      this.shuttingDown = true;
      this.#kernelProtocol.persisting = true;
      for (const session of this.#sessions) session.shutdown();
      if (this.#sessions.length === 0) this.#end();
    });
  }

  /** A session of a BIRD that shuts down is down. */
  sessionDown(): void {
    if (this.#sessions.every(({ state }) => state === 'down')) this.#end();
  }

  /** The process is gone; what becomes of its sockets is the kernel's affair. */
  kill(): void {
    this.#running = false;
    this.loop.stop();
  }

  /** The kernel says by netlink that an interface has changed. */
  interfaceChanged(name: string): void {
    this.loop.arrives(() => {
      this.#enterDirect(name);
      if (!this.isUp(name)) this.#scanSoon();
      for (const session of this.#sessions) session.interfaceChanged(name);
    });
  }

  get protocols(): readonly BgpProtocolState[] {
    const own = (name: string, protocol: BgpProtocolState['protocol'], table?: string): BgpProtocolState => ({
      name,
      protocol,
      state: 'up',
      since: this.startedAt,
      ...(table !== undefined && { table }),
    });
    return [
      own('device1', 'Device'),
      own('direct1', 'Direct'),
      own('kernel1', 'Kernel', 'master4'),
      ...(this.#host.speaker.blocks.length > 0 ? [own('static1', 'Static', 'master4')] : []),
      ...this.#sessions.map((session) => session.describe()),
    ];
  }

  get routes(): readonly BgpTableRoute[] {
    return [...this.table.walk()].flatMap((routes) => routes.map((route, i) => describeRoute(route, i === 0)));
  }

  #begin(): void {
    const { speaker } = this.#host;
    // Each protocol that is up has a source of its own, device1's first though it has no routes: add-path sends their numbers.
    this.sources.mainOf({ name: 'device1', type: 'direct', preference: 0 });
    for (const protocol of [DIRECT, this.#kernelProtocol.protocol]) this.sources.mainOf(protocol);
    this.table.channels.push(this.#kernelProtocol);
    if (speaker.blocks.length > 0) enterStaticRoutes(speaker, this.table, this.sources, this.startedAt);
    this.log('bird', 'Started');
    for (const session of this.#sessions) session.start();
    this.loop.schedule(() => {
      for (const { name } of speaker.interfaces) this.#enterDirect(name);
      this.#scan();
      this.#scanTimer.start(SCAN_TIME * SECOND);
    });
    this.tcp.attach(this.loop);
    this.tcp.listener = (socket, remote) => {
      const session = this.#sessions.find(({ peer }) => peer.neighbor === remote);
      if (session) session.incomingConnection(socket);
      else socket.close();
    };
    this.loop.start();
  }

  /** The kernel says nothing of the routes that go with an interface, so that one looks at once (`krt_if_notify`). */
  #scanSoon(): void {
    this.#scanDue = true;
    this.#scanTimer.start(0);
    this.#host.time.at(this.loop.now + AFTERMATH, () => this.loop.arrives(() => undefined));
  }

  /** Between interfaces' going down nobody but BIRD writes to the table: there is nothing to be found. */
  #scan(): void {
    if (!this.#scanDue) return;
    this.#scanDue = false;
    this.#kernelProtocol.scan(this.table, this.sources, this.loop.now);
  }

  #enterDirect(name: string): void {
    const into = { table: this.table, sources: this.sources, now: this.loop.now };
    enterDirectRoutes(this.#host.speaker, name, this.isUp(name), into);
  }

  #end(): void {
    if (!this.#running) return;
    this.log('bird', 'Shutdown completed');
    this.tcp.closeAll();
    this.kill();
  }
}

function describeRoute(route: TableRoute, best: boolean): BgpTableRoute {
  const { protocol } = route.source;
  const sources = { direct: 'device', static: 'static', kernel: 'inherit', bgp: 'BGP' } as const;
  return {
    destination: route.destination,
    from: protocol.name,
    source: sources[protocol.type],
    type: route.type,
    nextHops: route.nextHops,
    since: route.since,
    best,
    preference: protocol.preference,
    igpMetric: route.igpMetric,
    ...(route.attributes && { attributes: route.attributes }),
    ...(protocol.bgp && { heardFrom: protocol.bgp.neighbor }),
    ...(route.kernelSource && { kernelSource: route.kernelSource }),
  };
}
