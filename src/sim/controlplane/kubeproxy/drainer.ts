import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import type { NetnsId } from '../../../datamodel/network/netnsId.ts';
import type { IpvsEnd, RuntimeTables } from '../../../datamodel/network/runtime.ts';

/** A real server that takes no new connections and is deleted when it has no others left. */
export interface DrainedServer {
  readonly virtual: IpvsEnd;
  readonly server: RealServer;
  /** Virtual nanoseconds at which the last of its connections ends, as far as is known. */
  readonly until: number;
}

/** By the namespaces of nodes. */
export type Drained = ReadonlyMap<NetnsId, readonly DrainedServer[]>;

/** What kernels know at a time, in virtual nanoseconds. */
export interface Known {
  readonly learned: (id: NetnsId) => RuntimeTables;
  readonly time: number;
}

/** The part of a mode's proxies that lets connections end before it deletes what they lead to. */
export interface Drainer {
  /**
   * What is drained once proxies have synced.
   * @param running nodes whose proxy does; on others nothing changes.
   */
  sync(
    drained: Drained,
    running: ReadonlySet<NetnsId>,
    known: Known,
    tables: Readonly<Record<'former' | 'next', (id: NetnsId) => Netns | undefined>>,
  ): Drained;
  /** What they have not deleted by then. */
  left(drained: Drained, running: ReadonlySet<NetnsId>, known: Known): Drained;
  /** What a proxy wrote, with its drained servers in it. */
  over(netns: Netns, drained: readonly DrainedServer[]): Netns;
}
