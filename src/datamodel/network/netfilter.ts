import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { EntryId, Owner } from './tables.ts';

/** The five hooks an IPv4 packet can meet. */
export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter';

/** An iptables table: the same tree is evaluated by the kernel and printed by iptables-save. */
export interface NetfilterTable {
  readonly family: 'ipv4' | 'ipv6';
  readonly name: TableName;
  /** Those of a big table are made when they are first asked for, all at once. */
  readonly chains: readonly Chain[];
  /** Finds one chain without making the others; absent: look through `chains`. */
  find?(name: string): Chain | undefined;
  /** How many rules there are, without making them; absent: count them. */
  readonly ruleCount?: number;
}

/** A chain; built-in ones are named after their hook and have a policy. */
export interface Chain {
  readonly name: string;
  readonly policy?: 'ACCEPT' | 'DROP';
  /** Those of a chain with a `lookup` are made when they are first asked for, all at once. */
  readonly rules: readonly Rule[];
  /** Makes the rules that a packet could match, and no others; absent: look through `rules`. */
  readonly lookup?: RuleLookup;
}

/** A long chain's rules one by one. Places are 0-based. */
export interface RuleLookup {
  readonly length: number;
  at(place: number): Rule | undefined;
  /** In ascending order the places of all rules that a packet to there could match, and perhaps of others. */
  places(destination: IpAddress, protocol: TransportName | undefined, port: number | undefined): readonly number[];
}

/** One `-A` line. `matches` are in the order in which iptables-save prints them; all must hold. */
export interface Rule {
  readonly id: EntryId;
  readonly owner: Owner;
  readonly matches: readonly Match[];
  readonly target: Target;
}

export type ConntrackState = 'INVALID' | 'NEW' | 'ESTABLISHED' | 'RELATED' | 'UNTRACKED' | 'SNAT' | 'DNAT';
export type TransportName = 'tcp' | 'udp' | 'sctp';
export type AddressType = 'LOCAL' | 'UNICAST' | 'BROADCAST' | 'MULTICAST';
/** Both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export type Match =
  | { readonly type: 'source'; readonly prefix: IpPrefix; readonly negate?: boolean }
  | { readonly type: 'destination'; readonly prefix: IpPrefix; readonly negate?: boolean }
  | { readonly type: 'inInterface'; readonly name: string; readonly negate?: boolean }
  | { readonly type: 'outInterface'; readonly name: string; readonly negate?: boolean }
  /** `-p`; a number for protocols that have no name here. */
  | { readonly type: 'protocol'; readonly protocol: TransportName | 'icmp' | number; readonly negate?: boolean }
  | { readonly type: 'comment'; readonly text: string }
  /** `-m tcp|udp|sctp`, with or without ports. */
  | {
      readonly type: 'transport';
      readonly protocol: TransportName;
      readonly source?: PortRange;
      readonly destination?: PortRange;
      readonly negateSource?: boolean;
      readonly negateDestination?: boolean;
    }
  /** `-m multiport --dports`, after a `-p` of TCP, UDP or SCTP: the destination port lies in one of the ranges. */
  | { readonly type: 'multiport'; readonly destination: readonly PortRange[]; readonly negate?: boolean }
  | { readonly type: 'icmp'; readonly icmpType: number; readonly code?: number; readonly negate?: boolean }
  | { readonly type: 'mark'; readonly value: number; readonly mask: number; readonly negate?: boolean }
  | { readonly type: 'conntrack'; readonly states: readonly ConntrackState[]; readonly negate?: boolean }
  | {
      readonly type: 'addrtype';
      readonly source?: AddressType;
      readonly destination?: AddressType;
      readonly negateSource?: boolean;
      readonly negateDestination?: boolean;
      /** `--limit-iface-in`: addresses of other devices than the one that the packet came in by are nobody's here. */
      readonly limitIn?: boolean;
    }
  /** `-m statistic --mode random`; probability in [0, 1], kept as the kernel's 31-bit fixed point when printed. */
  | { readonly type: 'statistic'; readonly probability: number }
  /** `-m recent`: `rcheck` asks whether the source was seen within `seconds`, `set` remembers it. */
  | {
      readonly type: 'recent';
      readonly name: string;
      readonly operation: 'rcheck' | 'set' | 'update' | 'remove';
      readonly seconds?: number;
      readonly reap?: boolean;
      readonly negate?: boolean;
    }
  /** `-m set --match-set`: the parts of a member are read from the packet's source or destination, one after another. */
  | {
      readonly type: 'set';
      readonly name: string;
      readonly directions: readonly ('src' | 'dst')[];
      readonly negate?: boolean;
    }
  /** `-m ipvs`: IPVS has rewritten the packet, and its connection came to that virtual server. */
  | {
      readonly type: 'ipvs';
      readonly protocol?: TransportName;
      readonly address?: IpAddress;
      readonly port?: number;
    }
  /** `-m physdev --physdev-is-in`: the packet came in by a bridge's port. */
  | { readonly type: 'physdev'; readonly negate?: boolean };

export type RejectWith =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  /** Of IPv6's tables. */
  | 'icmp6-port-unreachable'
  | 'tcp-reset';

export type Target =
  | { readonly type: 'ACCEPT' }
  | { readonly type: 'DROP' }
  | { readonly type: 'RETURN' }
  | { readonly type: 'jump'; readonly chain: string }
  | { readonly type: 'goto'; readonly chain: string }
  | { readonly type: 'REJECT'; readonly with: RejectWith }
  /** `--set-xmark value/mask`: mark = (mark & ~mask) ^ value. */
  | { readonly type: 'MARK'; readonly value: number; readonly mask: number }
  /** `--set-xmark value/mask`, of the connection's mark. */
  | { readonly type: 'CONNMARK'; readonly value: number; readonly mask: number }
  /** `--restore-mark`: mark = (mark & ~nfmask) ^ (connection's mark & ctmask). */
  | { readonly type: 'CONNMARK-restore'; readonly nfmask: number; readonly ctmask: number }
  | { readonly type: 'DNAT'; readonly address?: IpAddress; readonly ports?: PortRange; readonly randomFully?: boolean }
  | { readonly type: 'SNAT'; readonly address: IpAddress; readonly ports?: PortRange; readonly randomFully?: boolean }
  | { readonly type: 'MASQUERADE'; readonly ports?: PortRange; readonly randomFully?: boolean }
  | { readonly type: 'NOTRACK' }
  /** A rule without a target only counts. */
  | { readonly type: 'none' };
