import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import { leastBusy, overheadOf } from './leastBusy.ts';
import type { Choice, Scheduler, Scheduling } from './scheduler.ts';
import { SECOND } from './timeouts.ts';

/*
 * Schedulers made for caches (ip_vs_lblc.c, ip_vs_lblcr.c): what goes to one address goes to one server, or to one of a few. A
 * virtual server has one address, so all its clients are meant.
 */

/** net.ipv4.vs.lblc_expiration and lblcr_expiration: a day. */
const EXPIRATION = 24 * 60 * 60 * SECOND;

/** The server that had the address before, until it has more to do than its weight says and another half as much. */
export const locality: Scheduler = (all) => {
  const [cached] = cachedServers(all);
  if (cached && cached.weight > 0 && !isOverloaded(cached, all)) return { server: cached, keep: used(all, [cached]) };
  const server = leastBusy(all, all.servers);
  return server && { server, keep: used(all, [server]) };
};

/** The least busy of those that have had the address; another joins them when that one is overloaded. */
export const replicatedLocality: Scheduler = (all) => {
  const { now, before } = all;
  const known = cachedServers(all);
  const { cached = [], modified = now } = isFresh(all) ? (before ?? {}) : {};
  const least = leastBusy(all, known);
  const isShrinking = cached.length > 1 && now > modified + EXPIRATION;
  const busiest = isShrinking ? mostBusy(all, known) : undefined;
  const left = busiest === undefined ? cached : cached.filter((id) => id !== busiest.id);
  const changed = busiest === undefined ? modified : now;
  if (least && !isOverloaded(least, all)) return chosen(least, left, changed, now);
  const server = leastBusy(all, all.servers);
  if (server === undefined) return undefined;
  return left.includes(server.id) ? chosen(server, left, changed, now) : chosen(server, [server.id, ...left], now, now);
};

function chosen(server: RealServer, cached: readonly string[], modified: number, now: number): Choice {
  return { server, keep: { cached, modified, used: now } };
}

function used({ now }: Scheduling, servers: readonly RealServer[]): NonNullable<Choice['keep']> {
  return { cached: servers.map(({ id }) => id), used: now };
}

/** Entries that nobody has used for a day are collected. */
function isFresh({ before, now }: Scheduling): boolean {
  return before?.used !== undefined && now < before.used + EXPIRATION;
}

/** Those that are still there, newest first. */
function cachedServers(all: Scheduling): readonly RealServer[] {
  const ids = (isFresh(all) && all.before?.cached) || [];
  return ids.flatMap((id) => all.servers.find((server) => server.id === id) ?? []);
}

function isOverloaded(server: RealServer, { servers, active }: Scheduling): boolean {
  return active(server) > server.weight && servers.some((other) => active(other) * 2 < other.weight);
}

/** ip_vs_dest_set_max */
function mostBusy(all: Scheduling, servers: readonly RealServer[]): RealServer | undefined {
  let most: RealServer | undefined;
  for (const server of servers) {
    if (server.weight === 0) continue;
    if (most === undefined || overheadOf(all, most) * server.weight < overheadOf(all, server) * most.weight)
      most = server;
  }
  return most;
}
