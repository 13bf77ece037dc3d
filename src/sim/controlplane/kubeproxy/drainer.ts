import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { IpvsConnection, IpvsEnd } from '../../../datamodel/network/runtime.ts';

/** A real server that takes no new connections and is deleted when it has no others left. */
export interface DrainedServer {
  readonly virtual: IpvsEnd;
  readonly server: RealServer;
  /** Virtual nanoseconds at which the last of its connections ends, as far as is known. */
  readonly until: number;
}

/** What one node's kernel knows at a time. */
export interface KnownConnections {
  readonly connections: readonly IpvsConnection[];
  /** Virtual nanoseconds. */
  readonly now: number;
}

/** The part of a mode's proxy that lets connections end before it deletes what they lead to. */
export interface Drainer {
  /** What is drained once a node's proxy has synced: `known` was already, `former` is what the kernel had until now. */
  sync(
    former: Netns | undefined,
    next: Netns,
    known: readonly DrainedServer[],
    seen: KnownConnections,
  ): readonly DrainedServer[];
  /** Those that it has not deleted by then; the same list when that is all of them. */
  left(known: readonly DrainedServer[], seen: KnownConnections): readonly DrainedServer[];
  /** What the proxy wrote, with them in it. */
  over(netns: Netns, drained: readonly DrainedServer[]): Netns;
}
