import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import type { IpvsScheduling } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { ipv4ToNumber } from '../../../wire/address.ts';

/** Everything a scheduler looks at. */
export interface Scheduling {
  /** In the kernel's order: the one added last comes first (list_add_rcu). */
  readonly servers: readonly RealServer[];
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly before: IpvsScheduling | undefined;
  active(server: RealServer): number;
  inactive(server: RealServer): number;
}

export interface Choice {
  readonly server: RealServer;
  /** What wrr remembers besides the server. */
  readonly weight?: number;
}

/** Chooses a real server for a new connection; undefined: there is none to be had. */
export type Scheduler = (scheduling: Scheduling) => Choice | undefined;

/** Whose turn it is after the one that was chosen last; those of weight 0 are passed over (ip_vs_rr.c). */
function roundRobin({ servers, before }: Scheduling): Choice | undefined {
  const start = servers.findIndex(({ id }) => id === before?.last);
  for (let step = 1; step <= servers.length; step++) {
    const server = servers[(start + step) % servers.length];
    if (server && server.weight > 0) return { server };
  }
  return undefined;
}

/** Round robin among those whose weight reaches a bar, which sinks with every turn and starts again at the top (ip_vs_wrr.c). */
function weightedRoundRobin({ servers, before }: Scheduling): Choice | undefined {
  const weights = servers.map(({ weight }) => weight);
  const most = Math.max(0, ...weights);
  if (most === 0) return undefined;
  const step = weights.reduce(greatestDivisor, 0);
  const top = most - (step - 1);
  let bar = Math.min(before?.weight ?? top, top);
  let at = servers.findIndex(({ id }) => id === before?.last);
  for (;;) {
    for (at += 1; at < servers.length; at++) {
      const server = servers[at];
      if (server && server.weight >= bar) return { server, weight: bar };
    }
    at = -1;
    bar -= step;
    if (bar <= 0) bar = top;
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** The first of those with the least to do; `load` and `weight` decide what that means (ip_vs_lc.c, _wlc.c, _sed.c). */
function leastLoaded(
  { servers }: Scheduling,
  load: (server: RealServer) => number,
  weight: (server: RealServer) => number,
): Choice | undefined {
  let least: RealServer | undefined;
  for (const server of servers) {
    if (server.weight === 0) continue;
    if (least === undefined || load(least) * weight(server) > load(server) * weight(least)) least = server;
  }
  return least && { server: least };
}

/** ip_vs_dest_conn_overhead: an active connection counts as much as 256 inactive ones. */
const overhead =
  ({ active, inactive }: Scheduling) =>
  (server: RealServer): number =>
    active(server) * 256 + inactive(server);

const own = ({ weight }: RealServer): number => weight;
const leastConnection: Scheduler = (all) => leastLoaded(all, overhead(all), () => 1);
const weightedLeastConnection: Scheduler = (all) => leastLoaded(all, overhead(all), own);
const shortestDelay: Scheduler = (all) => leastLoaded(all, (server) => all.active(server) + 1, own);

/** One with nothing to do, if there is one; else the shortest expected delay (ip_vs_nq.c). */
const neverQueue: Scheduler = (all) => {
  const idle = all.servers.find((server) => server.weight > 0 && all.active(server) === 0);
  return idle ? { server: idle } : shortestDelay(all);
};

/** The one of the greatest weight (ip_vs_fo.c). */
const failover: Scheduler = ({ servers }) => {
  const best = servers.reduce<RealServer | undefined>(
    (most, server) => (server.weight > (most?.weight ?? 0) ? server : most),
    undefined,
  );
  return best && { server: best };
};

/** Hash tables of the sh and dh schedulers have this many places (IP_VS_SH_TAB_BITS). */
const TABLE_BITS = 8;
const TABLE_SIZE = 2 ** TABLE_BITS;

/** hash_32 of linux/hash.h */
function hashPlace(address: IpAddress): number {
  return Math.imul(ipv4ToNumber(address), 0x61c88647) >>> (32 - TABLE_BITS);
}

/** Places are dealt to the servers in turn, by sh as many in a row as their weight says (ip_vs_sh_reassign). */
function dealtTo(servers: readonly RealServer[], place: number, weighted: boolean): RealServer | undefined {
  let at = 0;
  let dealt = 0;
  for (let i = 0; i < TABLE_SIZE && servers.length > 0; i++) {
    const server = servers[at];
    if (i === place) return server;
    dealt += 1;
    if (weighted && dealt < (server?.weight ?? 0)) continue;
    at = (at + 1) % servers.length;
    dealt = 0;
  }
  return undefined;
}

function hashed(servers: readonly RealServer[], address: IpAddress, weighted: boolean): Choice | undefined {
  const server = dealtTo(servers, hashPlace(address), weighted);
  return server && server.weight > 0 ? { server } : undefined;
}

const SCHEDULERS: ReadonlyMap<string, Scheduler> = new Map<string, Scheduler>([
  ['rr', roundRobin],
  ['wrr', weightedRoundRobin],
  ['lc', leastConnection],
  ['wlc', weightedLeastConnection],
  ['sed', shortestDelay],
  ['nq', neverQueue],
  ['fo', failover],
  ['sh', (all) => hashed(all.servers, all.source, true)],
  ['dh', (all) => hashed(all.servers, all.destination, false)],
]);

/** Those that the connections before decide nothing for: the addresses do, or the weights alone. */
const DETERMINED: ReadonlySet<string> = new Set(['sh', 'dh', 'fo']);
/** Those that leave the weights' sizes out of account. */
const EQUAL: ReadonlySet<string> = new Set(['rr', 'lc']);

/**
 * What share of many new connections each server gets in the long run.
 * @returns undefined for a scheduler that would always choose the same one for the same packet.
 */
export function sharesOf(name: string, servers: readonly RealServer[]): readonly number[] | undefined {
  if (DETERMINED.has(name)) return undefined;
  const isEqual = EQUAL.has(name) || !SCHEDULERS.has(name);
  return servers.map(({ weight }) => (isEqual ? Math.min(weight, 1) : weight));
}

/** @param name as ipvsadm takes it. One that is not simulated is round robin here. */
export function schedulerOf(name: string): Scheduler {
  return SCHEDULERS.get(name) ?? roundRobin;
}
