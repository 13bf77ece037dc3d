import type { BgpNextHop } from '../../../../datamodel/bgp/state.ts';
import {
  compareAddresses,
  type IpAddress,
  type IpPrefix,
  ipv4ToNumber,
  networkOf,
  prefixContains,
} from '../../../../wire/address.ts';
import { isBetter, isMergeable } from './decision.ts';
import { prefixHash, prefixKey } from './prefixOrder.ts';
import { PREFERENCE, type RouteSource, type TableRoute, UNKNOWN_METRIC } from './route.ts';

/** Where the table puts off what it need not do at once; a task that is put off twice runs once or is of no harm. */
export interface Scheduler {
  schedule(task: () => void): void;
}

/** A protocol that is told of the table's changes. */
export interface Channel {
  /** Whether it hears anything at the moment. */
  active: boolean;
  /** `any` hears of every route, `optimal` of the best, `merged` of the best with all that are as good as its next hops. */
  readonly mode: 'any' | 'optimal' | 'merged';
  /** The export filter: whether it wants the route at all. */
  readonly accepts: (route: TableRoute) => boolean;
  /** What it announces changes; `old` is what it announced before. */
  readonly notify: (destination: IpPrefix, route: TableRoute | undefined, old: TableRoute | undefined) => void;
  /** What it has announced, by {@link exportKey}. */
  readonly exported: Set<string>;
}

/** A route with its place in a refresh of its protocol (`REF_STALE`, `REF_DISCARD`). */
interface Entry {
  route: TableRoute;
  stale: boolean;
  discard: boolean;
}

interface Net {
  readonly destination: IpPrefix;
  readonly hash: number;
  readonly entries: Entry[];
}

/** Where packets to a next hop go, by the table itself (`hostentry`). */
interface HostEntry {
  readonly type: TableRoute['type'];
  readonly nextHops: readonly BgpNextHop[];
  readonly igpMetric: number;
}

/** BIRD's routing table `master4` (nest/rt-table.c): routes by prefix, the best of each first, and who is told. */
export class Table {
  readonly channels: Channel[] = [];
  readonly #nets = new Map<string, Net>();
  /** All of them in order, until one comes or goes. */
  #order: readonly Net[] | undefined;
  /** Lengths of prefixes that there are or were. */
  readonly #lengths = new Set<number>();
  readonly #hosts = new Map<IpAddress, HostEntry>();
  #lowestHost = Number.POSITIVE_INFINITY;
  #highestHost = Number.NEGATIVE_INFINITY;
  readonly #loop: Scheduler;
  readonly #flushing = new Set<string>();
  #afterPrune: (() => void)[] = [];
  #hostsOutdated = false;
  #pruneWanted = false;
  readonly #event = () => this.#runEvent();

  constructor(loop: Scheduler) {
    this.#loop = loop;
  }

  /** Puts in, replaces or (without a route) takes out what a source says of a prefix, and tells the channels. */
  update(source: RouteSource, destination: IpPrefix, route: TableRoute | undefined): void {
    const net = this.#netOf(destination);
    const { entries } = net;
    const oldBest = entries[0]?.route;
    const at = entries.findIndex((entry) => entry.route.source === source);
    const old = entries[at]?.route;
    if (!old && !route) return;
    if (old && route && isSame(old, route)) {
      const entry = entries[at] as Entry;
      entry.stale = false;
      entry.discard = false;
      return;
    }
    if (old) entries.splice(at, 1);
    const entry = route && { route, stale: false, discard: false };
    if (entry && (!oldBest || isBetter(entry.route, oldBest))) entries.unshift(entry);
    else {
      if (entry) entries.splice(old ? at : entries.length, 0, entry);
      if (old && old === oldBest) elect(entries);
    }
    if (entries.length === 0) {
      this.#nets.delete(prefixKey(destination));
      this.#order = undefined;
    }
    this.#announce(net, route, old, oldBest);
  }

  /** All routes, prefixes in BIRD's order, the best of each first. */
  *walk(): Generator<readonly TableRoute[]> {
    for (const { entries } of this.#sorted()) yield entries.map(({ route }) => route);
  }

  /** Tells a channel that has just joined what there is (`rt_feed_channel`). */
  feed(channel: Channel): void {
    for (const { destination, entries } of this.#sorted()) {
      if (channel.mode === 'any')
        for (const { route } of entries) this.#notifyBasic(channel, destination, route, undefined);
      else if (channel.mode === 'optimal') this.#notifyBasic(channel, destination, entries[0]?.route, undefined);
      else this.#notifyMerged(channel, destination, entries, undefined);
    }
  }

  /** A protocol begins to tell all it has anew: what it does not repeat until {@link refreshEnd} goes. */
  refreshBegin(protocol: string): void {
    for (const entry of this.#entriesOf(protocol)) entry.stale = true;
  }

  refreshEnd(protocol: string): void {
    for (const entry of this.#entriesOf(protocol)) entry.discard ||= entry.stale;
    this.#schedulePrune();
  }

  /** A protocol stops: all its routes go when the loop comes to it, then `done`. */
  flush(protocol: string, done: () => void): void {
    this.#flushing.add(protocol);
    this.#afterPrune.push(done);
    this.#schedulePrune();
  }

  /** Where a next hop is reached, by the best route to it; one that is itself recursive does not count. */
  resolve(address: IpAddress): HostEntry {
    const known = this.#hosts.get(address);
    if (known) return known;
    const entry = this.#lookUp(address);
    this.#hosts.set(address, entry);
    this.#lowestHost = Math.min(this.#lowestHost, ipv4ToNumber(address));
    this.#highestHost = Math.max(this.#highestHost, ipv4ToNumber(address));
    return entry;
  }

  #announce(
    net: Net,
    route: TableRoute | undefined,
    old: TableRoute | undefined,
    oldBest: TableRoute | undefined,
  ): void {
    const best = net.entries[0]?.route;
    if (best !== oldBest && this.#coversHost(net.destination)) {
      this.#hostsOutdated = true;
      this.#loop.schedule(this.#event);
    }
    for (const channel of this.channels) {
      if (!channel.active) continue;
      if (channel.mode === 'any') this.#notifyBasic(channel, net.destination, route, old);
      else if (channel.mode === 'merged') {
        const relevant =
          best !== oldBest || route === old || [route, old].some((one) => one && best && isMergeable(best, one));
        if (relevant) this.#notifyMerged(channel, net.destination, net.entries, oldBest);
      } else if (best !== oldBest) this.#notifyBasic(channel, net.destination, best, oldBest);
    }
  }

  #notifyBasic(
    channel: Channel,
    destination: IpPrefix,
    route: TableRoute | undefined,
    old: TableRoute | undefined,
  ): void {
    const wanted = route && channel.accepts(route) ? route : undefined;
    this.#notify(channel, destination, wanted, old);
  }

  #notifyMerged(channel: Channel, destination: IpPrefix, entries: readonly Entry[], old: TableRoute | undefined): void {
    const best = entries[0]?.route;
    if (!best || !channel.accepts(best)) {
      this.#notify(channel, destination, undefined, old);
      return;
    }
    const others = entries.slice(1).filter(({ route }) => isMergeable(best, route) && channel.accepts(route));
    const nextHops = mergeNextHops([best.nextHops, ...others.map(({ route }) => route.nextHops)]);
    this.#notify(channel, destination, { ...best, nextHops }, old);
  }

  #notify(
    channel: Channel,
    destination: IpPrefix,
    route: TableRoute | undefined,
    before: TableRoute | undefined,
  ): void {
    const old = before && channel.exported.has(exportKey(before)) ? before : undefined;
    if (!route && !old) return;
    if (old) channel.exported.delete(exportKey(old));
    if (route) channel.exported.add(exportKey(route));
    channel.notify(destination, route, old);
  }

  #schedulePrune(): void {
    this.#pruneWanted = true;
    this.#loop.schedule(this.#event);
  }

  #runEvent(): void {
    if (this.#hostsOutdated) this.#updateHosts();
    if (!this.#pruneWanted) return;
    this.#pruneWanted = false;
    const flushing = new Set(this.#flushing);
    const done = this.#afterPrune;
    this.#afterPrune = [];
    for (const net of this.#sorted()) {
      for (const { route, discard } of [...net.entries]) {
        if (discard || flushing.has(route.source.protocol.name))
          this.update(route.source, route.destination, undefined);
      }
    }
    for (const protocol of flushing) this.#flushing.delete(protocol);
    for (const finish of done) finish();
  }

  /** Next hops may lie elsewhere now: the routes over them are entered anew (`rt_next_hop_update`). */
  #updateHosts(): void {
    this.#hostsOutdated = false;
    const changed = new Set<IpAddress>();
    for (const [address, before] of this.#hosts) {
      const entry = this.#lookUp(address);
      if (sameHost(before, entry)) continue;
      this.#hosts.set(address, entry);
      changed.add(address);
    }
    if (changed.size === 0) return;
    for (const net of this.#sorted()) {
      for (const { route } of [...net.entries]) {
        if (!route.recursive || !changed.has(route.recursive)) continue;
        this.update(route.source, route.destination, { ...route, ...this.resolve(route.recursive) });
      }
    }
  }

  #coversHost(destination: IpPrefix): boolean {
    const first = ipv4ToNumber(destination.address);
    const last = first + 2 ** (32 - destination.length) - 1;
    if (first > this.#highestHost || last < this.#lowestHost) return false;
    for (const host of this.#hosts.keys()) if (prefixContains(destination, host)) return true;
    return false;
  }

  #lookUp(address: IpAddress): HostEntry {
    let found: Net | undefined;
    for (let length = 32; length >= 0 && !found; length--) {
      if (this.#lengths.has(length)) found = this.#nets.get(prefixKey(networkOf({ address, length })));
    }
    const best = found?.entries[0]?.route;
    if (!best || found?.entries.some(({ route }) => route.recursive) || best.type !== 'unicast')
      return {
        type: best && best.type !== 'unicast' && !best.recursive ? best.type : 'unreachable',
        nextHops: [],
        igpMetric: 0,
      };
    const nextHops = best.nextHops.map((hop) => (hop.gateway ? hop : { gateway: address, device: hop.device }));
    const igpMetric = best.source.protocol.preference === PREFERENCE.direct ? 0 : UNKNOWN_METRIC;
    return { type: 'unicast', nextHops, igpMetric };
  }

  #netOf(destination: IpPrefix): Net {
    const key = prefixKey(destination);
    let net = this.#nets.get(key);
    if (!net) {
      net = { destination, hash: prefixHash(destination), entries: [] };
      this.#nets.set(key, net);
      this.#order = undefined;
      this.#lengths.add(destination.length);
    }
    return net;
  }

  #sorted(): readonly Net[] {
    this.#order ??= [...this.#nets.values()].sort((a, b) => a.hash - b.hash);
    return this.#order;
  }

  *#entriesOf(protocol: string): Generator<Entry> {
    for (const { entries } of this.#nets.values())
      for (const entry of entries) if (entry.route.source.protocol.name === protocol) yield entry;
  }
}

export function exportKey(route: TableRoute): string {
  return `${prefixKey(route.destination)} ${route.source.id}`;
}

/** The next hops of several routes as one, sorted as BIRD does (`nexthop_merge`). */
function mergeNextHops(lists: readonly (readonly BgpNextHop[])[]): readonly BgpNextHop[] {
  const hops = new Map<string, BgpNextHop>();
  for (const hop of lists.flat()) hops.set(`${hop.gateway ?? ''} ${hop.device}`, hop);
  if (hops.size < 2) return [...hops.values()];
  return [...hops.values()].sort((a, b) => compareHops(a, b));
}

function compareHops(a: BgpNextHop, b: BgpNextHop): number {
  const between = a.gateway && b.gateway ? compareAddresses(a.gateway, b.gateway) : 0;
  return between || (a.device < b.device ? -1 : 1);
}

/** Puts the best of a prefix's routes first; the others stay in their order. */
function elect(entries: Entry[]): void {
  let best = 0;
  for (let i = 1; i < entries.length; i++) {
    if (isBetter((entries[i] as Entry).route, (entries[best] as Entry).route)) best = i;
  }
  const [entry] = entries.splice(best, 1);
  if (entry) entries.unshift(entry);
}

function isSame(a: TableRoute, b: TableRoute): boolean {
  return comparable(a) === comparable(b);
}

function comparable({ type, nextHops, attributes, igpMetric, kernelSource }: TableRoute): string {
  return JSON.stringify([type, nextHops, attributes, String(igpMetric), kernelSource]);
}

function sameHost(a: HostEntry, b: HostEntry): boolean {
  return (
    JSON.stringify([a.type, a.nextHops, String(a.igpMetric)]) ===
    JSON.stringify([b.type, b.nextHops, String(b.igpMetric)])
  );
}
