import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import type { Scheduling } from './scheduler.ts';

/** ip_vs_dest_conn_overhead: an active connection counts as much as 256 inactive ones. */
export function overheadOf({ active, inactive }: Scheduling, server: RealServer): number {
  return active(server) * 256 + inactive(server);
}

/** The first of those with the least to do; `load` and `weight` decide what that means (ip_vs_lc.c, _wlc.c, _sed.c). */
export function leastLoaded(
  servers: readonly RealServer[],
  load: (server: RealServer) => number,
  weight: (server: RealServer) => number,
): RealServer | undefined {
  let least: RealServer | undefined;
  for (const server of servers) {
    if (server.weight === 0) continue;
    if (least === undefined || load(least) * weight(server) > load(server) * weight(least)) least = server;
  }
  return least;
}

/** By overhead and weight, as wlc does. */
export function leastBusy(all: Scheduling, servers: readonly RealServer[]): RealServer | undefined {
  return leastLoaded(
    servers,
    (server) => overheadOf(all, server),
    ({ weight }) => weight,
  );
}
