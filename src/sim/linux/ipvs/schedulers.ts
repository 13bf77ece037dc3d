import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import { foldAddress, hash32 } from './addressHash.ts';
import { leastBusy, leastLoaded, overheadOf } from './leastBusy.ts';
import { locality, replicatedLocality } from './locality.ts';
import { MAGLEV_PLACES, maglevPlace, maglevTable } from './maglev.ts';
import type { Choice, Scheduler, Scheduling } from './scheduler.ts';

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
      if (server && server.weight >= bar) return { server, keep: { weight: bar } };
    }
    at = -1;
    bar -= step;
    if (bar <= 0) bar = top;
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

const own = ({ weight }: RealServer): number => weight;
const chosen = (server: RealServer | undefined): Choice | undefined => server && { server };
const leastConnection: Scheduler = (all) =>
  chosen(
    leastLoaded(
      all.servers,
      (server) => overheadOf(all, server),
      () => 1,
    ),
  );
const weightedLeastConnection: Scheduler = (all) => chosen(leastBusy(all, all.servers));
const shortestDelay: Scheduler = (all) => chosen(leastLoaded(all.servers, (server) => all.active(server) + 1, own));

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

function hashed(servers: readonly RealServer[], value: number, weighted: boolean): Choice | undefined {
  const server = dealtTo(servers, hash32(value >>> 0, TABLE_BITS), weighted);
  return server && server.weight > 0 ? { server } : undefined;
}

/** By where the client falls in the table; nobody else stands in for a server that takes no connections (no fallback). */
const maglev: Scheduler = ({ servers, source, sourcePort, hashesPort }) => {
  const server = maglevTable(servers)?.[maglevPlace(source, hashesPort ? sourcePort : 0)];
  return server && server.weight > 0 ? { server } : undefined;
};

const SCHEDULERS: ReadonlyMap<string, Scheduler> = new Map<string, Scheduler>([
  ['rr', roundRobin],
  ['wrr', weightedRoundRobin],
  ['lc', leastConnection],
  ['wlc', weightedLeastConnection],
  ['sed', shortestDelay],
  ['nq', neverQueue],
  ['fo', failover],
  ['lblc', locality],
  ['lblcr', replicatedLocality],
  ['sh', (all) => hashed(all.servers, foldAddress(all.source) + (all.hashesPort ? all.sourcePort : 0), true)],
  ['dh', (all) => hashed(all.servers, foldAddress(all.destination), false)],
  ['mh', maglev],
]);

/** Those that the connections before decide nothing for: the addresses do, or the weights alone. */
const DETERMINED: ReadonlySet<string> = new Set(['sh', 'dh', 'fo']);
/** Those that leave the weights' sizes out of account. */
const EQUAL: ReadonlySet<string> = new Set(['rr', 'lc']);

/**
 * What share of many new connections each server gets in the long run.
 * @param servers in the kernel's order.
 * @param hashesPort whether the client's port, which is chance's, has a part in it.
 * @returns undefined for a scheduler that would always choose the same one for the same packet.
 */
export function sharesOf(
  name: string,
  servers: readonly RealServer[],
  hashesPort: boolean,
): readonly number[] | undefined {
  if (name === 'mh') return hashesPort ? maglevShares(servers) : undefined;
  if (DETERMINED.has(name)) return undefined;
  const isEqual = EQUAL.has(name) || !SCHEDULERS.has(name);
  return servers.map(({ weight }) => (isEqual ? Math.min(weight, 1) : weight));
}

function maglevShares(servers: readonly RealServer[]): readonly number[] {
  const places = new Map<RealServer, number>();
  for (const server of maglevTable(servers) ?? []) places.set(server, (places.get(server) ?? 0) + 1);
  return servers.map((server) => (server.weight > 0 ? (places.get(server) ?? 0) / MAGLEV_PLACES : 0));
}

/** @param name as ipvsadm takes it. One that Linux does not have is round robin here. */
export function schedulerOf(name: string): Scheduler {
  return SCHEDULERS.get(name) ?? roundRobin;
}
