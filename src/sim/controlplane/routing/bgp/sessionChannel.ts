import type { IpPrefix } from '../../../../wire/address.ts';
import type { BgpAttributes } from '../../../../wire/bgpAttribute.ts';
import type { BgpUpdate } from '../../../../wire/bgpUpdate.ts';
import type { Negotiated } from './capabilities.ts';
import { exportedAttributes, matchesAny, mayExport } from './exportRoute.ts';
import { importRoute, type RoutingSession } from './importRoute.ts';
import type { MainLoop } from './mainLoop.ts';
import type { TableRoute } from './route.ts';
import { SendQueue } from './sendQueue.ts';
import type { RouteSources } from './sources.ts';
import type { Channel, Table } from './table.ts';

interface ChannelOwner extends RoutingSession {
  readonly loop: MainLoop;
  /** There is something to announce. */
  updatePending(): void;
}

/** What joins a BGP session to the table: routes in, routes out, both in the session's own time. */
export class SessionChannel implements Channel {
  active = false;
  mode: Channel['mode'] = 'optimal';
  readonly exported = new Set<string>();
  /** The neighbour restarts: its routes are kept though it has not repeated them. */
  restarting = false;
  readonly #session: ChannelOwner;
  readonly #table: Table;
  readonly #sources: RouteSources;
  readonly #queue = new SendQueue();
  readonly #feed = () => this.#feedNow();
  #endOfRib: 'none' | 'loading' | 'due' = 'none';
  #negotiated: Negotiated | undefined;

  constructor(session: ChannelOwner, table: Table, sources: RouteSources) {
    this.#session = session;
    this.#table = table;
    this.#sources = sources;
  }

  /** The session is up: it hears of all changes from now on, and of all that is there when the loop comes to it. */
  join(negotiated: Negotiated): void {
    this.#negotiated = negotiated;
    this.mode = negotiated.addPathSend ? 'any' : 'optimal';
    this.active = true;
    if (!this.#table.channels.includes(this)) this.#table.channels.push(this);
    this.#sources.mainOf(this.#session.protocol);
    this.#session.loop.scheduleWork(this.#feed);
  }

  /** The session stops: it leaves the table's channels, and is the last when it comes back. */
  leave(): void {
    this.#stopExport();
    this.restarting = false;
    const at = this.#table.channels.indexOf(this);
    if (at >= 0) this.#table.channels.splice(at, 1);
  }

  pause(): void {
    this.#stopExport();
    // A second restart before the first is over: what the first one left goes.
    if (this.restarting) this.#table.refreshEnd(this.#session.peer.name);
    this.restarting = true;
    this.#table.refreshBegin(this.#session.peer.name);
  }

  resume(): void {
    this.restarting = false;
    this.#table.refreshEnd(this.#session.peer.name);
  }

  accepts = (route: TableRoute): boolean => mayExport(route, this.#session.protocol, this.#session.peer);

  notify = (destination: IpPrefix, route: TableRoute | undefined, old: TableRoute | undefined): void => {
    const source = (route ?? old)?.source;
    const pathId = this.#negotiated?.addPathSend ? source?.id : undefined;
    const attributes = route && exportedAttributes(route, this.#session.protocol, this.#session.peer);
    this.#queue.put(destination, pathId, attributes);
    this.#session.updatePending();
  };

  nextUpdate(): BgpUpdate | undefined {
    const update = this.#queue.next();
    if (update) return update;
    if (this.#endOfRib !== 'due') return undefined;
    this.#endOfRib = 'none';
    return { type: 'UPDATE', withdrawn: [], reachable: [] };
  }

  /** Enters what the neighbour says. @returns whether it was the end of all that it had to say at first. */
  receive(update: BgpUpdate): 'end-of-rib' | 'routes' {
    if (update.withdrawn.length === 0 && update.reachable.length === 0 && !update.attributes) return 'end-of-rib';
    for (const { prefix, pathId } of update.withdrawn) this.#enter(prefix, pathId, undefined);
    for (const { prefix, pathId } of update.reachable) this.#enter(prefix, pathId, update.attributes);
    return 'routes';
  }

  #enter(prefix: IpPrefix, pathId: number | undefined, attributes: BgpAttributes | undefined): void {
    const { protocol, peer } = this.#session;
    const source = this.#sources.of(protocol, pathId ?? 0);
    const wanted = attributes && (!peer.imports || matchesAny(peer.imports, prefix)) ? attributes : undefined;
    const route =
      wanted &&
      importRoute(wanted, { prefix, source, session: this.#session, table: this.#table, now: this.#session.loop.now });
    this.#table.update(source, prefix, route);
  }

  #feedNow(): void {
    if (!this.active) return;
    if (this.#session.peer.gracefulRestart !== 'off') this.#endOfRib = 'loading';
    this.#table.feed(this);
    if (this.#endOfRib === 'loading') this.#endOfRib = 'due';
    this.#session.updatePending();
  }

  #stopExport(): void {
    this.active = false;
    this.exported.clear();
    this.#queue.clear();
    this.#endOfRib = 'none';
    this.#session.loop.cancel(this.#feed);
  }
}
