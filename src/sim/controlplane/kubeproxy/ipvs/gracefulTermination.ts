import type { RealServer, VirtualServer } from '../../../../datamodel/network/ipvs.ts';
import type { Netns } from '../../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../../datamodel/network/netnsId.ts';
import type { IpvsConnection, IpvsEnd } from '../../../../datamodel/network/runtime.ts';
import type { DrainedServer, Drainer } from '../drainer.ts';

/*
 * Real servers whose endpoints have gone (pkg/proxy/ipvs/graceful_termination.go). One without connections is deleted at once,
 * one of UDP or SCTP always is; any other gets the weight 0, and a look every minute deletes it when it counts no connection
 * any more, be it active or not. Endpoints that come back before that are deleted and added anew.
 */

const TCP = 6;
/** rsCheckDeleteInterval, in virtual nanoseconds. */
const LOOK_EVERY = 60_000_000_000;

export const gracefulTermination: Drainer = {
  sync(drained, running, { learned, time: now }, { former, next }) {
    const after = new Map(drained);
    for (const id of running) {
      const known = drained.get(id) ?? [];
      const connections = learned(id).ipvs ?? [];
      // making tables that nobody has asked for yet takes long
      const had = known.length + connections.length > 0 ? former(id) : undefined;
      const tables = had?.virtualServers && next(id);
      if (tables) replace(after, id, drainedBySync(had, tables, known, { connections, now }));
    }
    return after;
  },

  left(drained, running, { learned, time: now }) {
    const after = new Map(drained);
    for (const [id, known] of drained) {
      if (running.has(id)) replace(after, id, stillDrained(known, { connections: learned(id).ipvs ?? [], now }));
    }
    return after;
  },

  over(netns, drained) {
    const virtualServers = netns.virtualServers?.map((virtual) => {
      const own = drained.filter(
        (each) => isTcp(virtual) && isSame(virtual, each.virtual) && serverAt(virtual, each.server) === undefined,
      );
      return own.length === 0 ? virtual : withServers(virtual, own);
    });
    return virtualServers === undefined ? netns : { ...netns, virtualServers };
  },
};

function replace(
  drained: Map<NetnsId, readonly DrainedServer[]>,
  id: NetnsId,
  servers: readonly DrainedServer[],
): void {
  if (servers.length > 0) drained.set(id, servers);
  else drained.delete(id);
}

/** What one node's kernel knows at a time. */
interface Seen {
  readonly connections: readonly IpvsConnection[];
  /** Virtual nanoseconds. */
  readonly now: number;
}

/** @param known what is drained already. */
export function drainedBySync(
  former: Netns,
  next: Netns,
  known: readonly DrainedServer[],
  seen: Seen,
): readonly DrainedServer[] {
  const wanted = finder(next);
  const had = finder(former);
  const drained = new Map<string, DrainedServer>();
  const isGone = (virtual: IpvsEnd, end: IpvsEnd): boolean => {
    const server = wanted(virtual);
    return server !== undefined && serverAt(server, end) === undefined;
  };
  for (const each of known) if (isGone(each.virtual, each.server)) drained.set(each.server.id, each);
  for (const { virtual, destination, expires } of counted(seen)) {
    const server = had(virtual);
    const own = server && isGone(virtual, destination) ? serverAt(server, destination) : undefined;
    if (own === undefined) continue;
    const until = Math.max(drained.get(own.id)?.until ?? 0, expires);
    const { weight, lastWeight = weight } = own;
    drained.set(own.id, { virtual, server: { ...own, weight: 0, lastWeight }, until });
  }
  return [...drained.values()];
}

/** @returns the same list when nothing has changed. */
export function stillDrained(known: readonly DrainedServer[], seen: Seen): readonly DrainedServer[] {
  const connections = counted(seen);
  const left = known.flatMap((each) => {
    const own = connections.filter(
      ({ virtual, destination }) => isSame(virtual, each.virtual) && isSame(destination, each.server),
    );
    const until = Math.max(each.until, ...own.map(({ expires }) => expires));
    const isDeleted = own.length === 0 && seen.now >= (Math.floor(until / LOOK_EVERY) + 1) * LOOK_EVERY;
    if (isDeleted) return [];
    return until === each.until ? each : { ...each, until };
  });
  return left.length === known.length && left.every((each, i) => each === known[i]) ? known : left;
}

/** What ActiveConn and InActConn count: no templates. */
function counted({ connections, now }: Seen): readonly IpvsConnection[] {
  return connections.filter(({ protocol, template, expires }) => protocol === TCP && !template && expires > now);
}

/** In their former places: a change of weight moves no server. */
function withServers(virtual: VirtualServer, drained: readonly DrainedServer[]): VirtualServer {
  const { id, owner, protocol, address, port, scheduler, hashesPort, persistence } = virtual;
  const realServers = [...virtual.realServers, ...drained.map(({ server }) => server)];
  return {
    id,
    owner,
    protocol,
    address,
    port,
    scheduler,
    ...(hashesPort && { hashesPort }),
    ...(persistence !== undefined && { persistence }),
    realServers: realServers.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** Looks virtual servers up one by one: there are very many, and few are asked for. */
function finder({ virtualServers = [] }: Netns): (end: IpvsEnd) => VirtualServer | undefined {
  const found = new Map<string, VirtualServer | undefined>();
  return (end) => {
    const key = `${end.address} ${end.port}`;
    if (!found.has(key)) {
      found.set(
        key,
        virtualServers.find((server) => isTcp(server) && isSame(server, end)),
      );
    }
    return found.get(key);
  };
}

function isTcp({ protocol }: VirtualServer): boolean {
  return protocol === 'tcp';
}

function serverAt({ realServers }: VirtualServer, end: IpvsEnd): RealServer | undefined {
  return realServers.find((server) => isSame(server, end));
}

function isSame(a: IpvsEnd, b: IpvsEnd): boolean {
  return a.port === b.port && a.address === b.address;
}
