import type { IpAddress } from '../../wire/address.ts';
import type { TransportName } from './netfilter.ts';
import type { EntryId, Owner } from './tables.ts';

/** An IPVS service: an address and port whose connections are spread over real servers. */
export interface VirtualServer {
  readonly id: EntryId;
  readonly owner: Owner;
  readonly protocol: TransportName;
  readonly address: IpAddress;
  readonly port: number;
  /** The name that ipvsadm takes: rr, lc, sh … */
  readonly scheduler: string;
  /** The client's port has a part in what the scheduler hashes (sh-port, mh-port). */
  readonly hashesPort?: boolean;
  /** Seconds for which a client keeps its real server; absent: each connection is scheduled anew. */
  readonly persistence?: number;
  /** In the order in which they were added; the kernel keeps the last one first. */
  readonly realServers: readonly RealServer[];
}

/** Where a virtual server's connections go. */
export interface RealServer {
  readonly id: EntryId;
  readonly address: IpAddress;
  readonly port: number;
  /** 0: takes no new connections. */
  readonly weight: number;
  /** `-g`: packets are handed on as they came, and answers go their own way (method Route); absent: `-m`, method Masq. */
  readonly direct?: boolean;
  /** The latest that was not 0, by which mh goes on dealing; absent: as `weight`. */
  readonly lastWeight?: number;
}
