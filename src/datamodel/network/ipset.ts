import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { TransportName } from './netfilter.ts';
import type { EntryId, Owner } from './tables.ts';

/** What a set's members are made of, in ipset's own words. */
export type IpSetType =
  | 'hash:ip'
  | 'hash:ip,port'
  | 'hash:ip,port,ip'
  | 'hash:ip,port,net'
  | 'hash:net'
  | 'bitmap:port';

/** A set of addresses and ports that rules ask with `-m set`, as `ipset list` shows it. */
export interface IpSet {
  readonly id: EntryId;
  readonly owner: Owner;
  /** At most 31 characters. */
  readonly name: string;
  readonly type: IpSetType;
  /** Absent for a bitmap, which has no addresses. */
  readonly family?: 'inet' | 'inet6';
  /** Those of a set with `has` are made when they are first asked for. */
  readonly members: readonly IpSetMember[];
  /** Whether there is such a member, without making any; absent: look through `members`. */
  has?(member: IpSetMember): boolean;
}

/** Which of the parts are there follows from the set's type. */
export interface IpSetMember {
  readonly address?: IpAddress;
  /** hash:net's; a single address is a prefix as long as it. */
  readonly network?: IpPrefix;
  readonly protocol?: TransportName;
  readonly port?: number;
  /** The third part of hash:ip,port,ip and hash:ip,port,net; a single address is a prefix as long as it. */
  readonly second?: IpPrefix;
}
