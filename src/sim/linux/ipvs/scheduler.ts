import type { RealServer } from '../../../datamodel/network/ipvs.ts';
import type { IpvsScheduling } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';

/** Everything a scheduler looks at. */
export interface Scheduling {
  /** In the kernel's order: the one added last comes first (list_add_rcu). */
  readonly servers: readonly RealServer[];
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  /** Whether hashes take the client's port in (sh-port, mh-port). */
  readonly hashesPort: boolean;
  /** Virtual nanoseconds. */
  readonly now: number;
  readonly before: IpvsScheduling | undefined;
  active(server: RealServer): number;
  inactive(server: RealServer): number;
}

export interface Choice {
  readonly server: RealServer;
  /** What the scheduler remembers besides the server. */
  readonly keep?: Omit<IpvsScheduling, 'id' | 'last'>;
}

/** Chooses a real server for a new connection; undefined: there is none to be had. */
export type Scheduler = (scheduling: Scheduling) => Choice | undefined;
