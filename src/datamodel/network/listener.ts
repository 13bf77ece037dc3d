import type { IpAddress } from '../../wire/address.ts';
import type { TransportName } from './netfilter.ts';
import type { EntryId, Owner } from './tables.ts';

/** A bound socket that waits for clients, and the program behind it. */
export interface Listener {
  readonly id: EntryId;
  readonly owner: Owner;
  readonly protocol: TransportName;
  /** Absent: bound to any address. */
  readonly address?: IpAddress;
  /** 0: every port that nobody else listens on (a host outside, whose programs we do not know). */
  readonly port: number;
  readonly program: Program;
}

export type Program =
  /** HTTP over TCP, or one line over UDP: says who it is, whom it saw, how much it got. */
  | { readonly type: 'identify'; readonly name: string }
  | { readonly type: 'dns'; readonly zone: DnsZone }
  /** kube-proxy's word to load balancers about a Service (`namespace/name`): 200 with local endpoints, 503 without. */
  | { readonly type: 'health'; readonly service: string; readonly localEndpoints: number };

/** What a DNS server answers with authority; every other name is NXDOMAIN. Names are lower case, without final dot. */
export interface DnsZone {
  readonly domain: string;
  readonly addresses: ReadonlyMap<string, readonly IpAddress[]>;
  /** CNAME records: a name that is another's, in the zone or outside of it. */
  readonly aliases?: ReadonlyMap<string, string>;
  readonly ttl: number;
}
