import type { IpAddress, IpPrefix, MacAddress } from '../../wire/address.ts';
import type { PhysicalLink } from './link.ts';
import type { Match, TableName, Target } from './netfilter.ts';
import type { PolicyRule } from './policyRule.ts';
import type { TcpConntrackState } from './runtime.ts';
import type { InterfaceAddress, NeighborState, Nexthop, Route, RouteType } from './tables.ts';

/** One change of one namespace's configuration or of what its kernel has learned: what a tool asks the kernel for. */
export type Edit =
  | LinkEdit
  | LinkDeletion
  | AddressAddition
  | AddressDeletion
  | AddressFlush
  | RouteWrite
  | RouteDeletion
  | RouteFlush
  | RouteCacheFlush
  | PolicyRuleAddition
  | PolicyRuleDeletion
  | NeighborWrite
  | NeighborDeletion
  | NeighborFlush
  | FdbWrite
  | FdbDeletion
  | FdbFlush
  | SysctlWrite
  | RuleEdit
  | ConntrackDeletion
  | CableEdit;

/** `ip link set`, `bridge link set`: every part that is named is changed, or none. */
export interface LinkEdit {
  readonly type: 'linkSet';
  readonly dev: string;
  readonly mtu?: number;
  readonly up?: boolean;
  readonly mac?: MacAddress;
  readonly name?: string;
  /** A bridge to become a port of; null: of none. */
  readonly master?: string | null;
  readonly port?: PortFlags;
}

export interface PortFlags {
  readonly hairpin?: boolean;
  readonly learning?: boolean;
  readonly flood?: boolean;
}

export interface LinkDeletion {
  readonly type: 'linkDelete';
  readonly dev: string;
}

export interface AddressAddition {
  readonly type: 'addressAdd';
  readonly dev: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly scope: InterfaceAddress['scope'];
  readonly broadcast?: IpAddress;
  /** `ip addr replace`: not refused when it is there already. */
  readonly replace: boolean;
}

export interface AddressDeletion {
  readonly type: 'addressDelete';
  readonly dev: string;
  readonly address: IpAddress;
  /** Absent: whatever its prefix is. */
  readonly prefixLength?: number;
}

export interface AddressFlush {
  readonly type: 'addressFlush';
  readonly dev?: string;
  readonly scope?: InterfaceAddress['scope'];
  readonly to?: IpPrefix;
}

/** netlink's flags: add is CREATE|EXCL, append CREATE|APPEND, prepend CREATE, replace CREATE|REPLACE, change REPLACE. */
export interface RouteWrite {
  readonly type: 'routeWrite';
  readonly mode: 'add' | 'append' | 'prepend' | 'replace' | 'change';
  readonly route: Omit<Route, 'id' | 'owner' | 'nexthops'> & {
    /** The kernel finds the device of a gateway that is named alone. */
    readonly nexthops?: readonly (Partial<Nexthop> & Pick<Nexthop, 'weight'>)[];
  };
}

/** Deletes the first route of the prefix that agrees with everything that is named. */
export interface RouteDeletion {
  readonly type: 'routeDelete';
  readonly table: number;
  readonly destination: IpPrefix;
  readonly routeType?: RouteType;
  readonly via?: IpAddress;
  readonly dev?: string;
  /** These next hops, in this order. */
  readonly nexthops?: RouteWrite['route']['nexthops'];
  readonly source?: IpAddress;
  readonly scope?: Route['scope'];
  readonly protocol?: Route['protocol'];
  /** 0 and absent: any. */
  readonly metric?: number;
  readonly mtu?: number;
}

/** Which routes `ip route show` and `flush` mean; what is absent selects all. */
export interface RouteSelector {
  /** Absent: every table. */
  readonly table?: number;
  /** Routes whose prefix lies in it. */
  readonly root?: IpPrefix;
  /** Routes whose prefix contains it. */
  readonly match?: IpPrefix;
  readonly dev?: string;
  readonly via?: IpAddress;
  readonly source?: IpAddress;
  readonly protocol?: Route['protocol'];
  readonly scope?: Route['scope'];
  readonly routeType?: RouteType;
  readonly metric?: number;
}

export interface RouteFlush {
  readonly type: 'routeFlush';
  readonly selector: RouteSelector;
}

/** Forgets the path MTUs that ICMP errors have taught. */
export interface RouteCacheFlush {
  readonly type: 'routeCacheFlush';
}

/** `ip rule add`. Without a priority it comes before the first rule that has one. */
export interface PolicyRuleAddition {
  readonly type: 'policyRuleAdd';
  readonly rule: Omit<PolicyRule, 'id' | 'owner' | 'priority'> & { readonly priority?: number };
}

/** Deletes the first rule that agrees with all that is named. */
export interface PolicyRuleDeletion {
  readonly type: 'policyRuleDelete';
  readonly rule: Partial<Omit<PolicyRule, 'id' | 'owner'>>;
}

export interface NeighborWrite {
  readonly type: 'neighborWrite';
  readonly mode: 'add' | 'replace' | 'change';
  readonly dev: string;
  readonly address: IpAddress;
  /** Absent: as it is; an entry that is made needs one, unless it is INCOMPLETE or FAILED. */
  readonly mac?: MacAddress;
  readonly state: NeighborState;
}

export interface NeighborDeletion {
  readonly type: 'neighborDelete';
  readonly dev: string;
  readonly address: IpAddress;
}

export interface NeighborFlush {
  readonly type: 'neighborFlush';
  readonly dev?: string;
  readonly to?: IpPrefix;
  readonly states: readonly NeighborState[];
}

/** `bridge fdb`: in the bridge that `dev` is a port of (`master`), or in the device itself. */
export interface FdbWrite {
  readonly type: 'fdbWrite';
  readonly mode: 'add' | 'append' | 'replace';
  readonly dev: string;
  readonly mac: MacAddress;
  readonly of: 'master' | 'self';
  readonly dst?: IpAddress;
  readonly state: 'permanent' | 'static' | 'reachable';
}

export interface FdbDeletion {
  readonly type: 'fdbDelete';
  readonly dev: string;
  readonly mac: MacAddress;
  readonly of: 'master' | 'self';
  readonly dst?: IpAddress;
}

export interface FdbFlush {
  readonly type: 'fdbFlush';
  readonly dev: string;
}

export interface SysctlWrite {
  readonly type: 'sysctlWrite';
  /** As sysctl prints it: dots between the parts, slashes for dots inside a part. */
  readonly name: string;
  readonly value: string;
}

/** What a rule says, before it has a place. */
export interface RuleSpec {
  readonly matches: readonly Match[];
  readonly target: Target;
}

export interface RuleEdit {
  readonly type: 'rules';
  readonly table: TableName;
  readonly change: RuleChange;
}

/** Positions count from 1. */
export type RuleChange =
  | { readonly operation: 'append'; readonly chain: string; readonly rules: readonly RuleSpec[] }
  | {
      readonly operation: 'insert';
      readonly chain: string;
      readonly position: number;
      readonly rules: readonly RuleSpec[];
    }
  | { readonly operation: 'replace'; readonly chain: string; readonly position: number; readonly rule: RuleSpec }
  | { readonly operation: 'deleteAt'; readonly chain: string; readonly position: number }
  | { readonly operation: 'delete'; readonly chain: string; readonly rules: readonly RuleSpec[] }
  /** Asks whether the rules are there; changes nothing. */
  | { readonly operation: 'check'; readonly chain: string; readonly rules: readonly RuleSpec[] }
  /** Without a chain: all of the table's, as for `deleteChain` and `zero`. */
  | { readonly operation: 'flush'; readonly chain?: string }
  | { readonly operation: 'policy'; readonly chain: string; readonly policy: 'ACCEPT' | 'DROP' }
  | { readonly operation: 'newChain'; readonly chain: string }
  | { readonly operation: 'deleteChain'; readonly chain?: string }
  | { readonly operation: 'renameChain'; readonly chain: string; readonly to: string }
  | { readonly operation: 'zero'; readonly chain?: string; readonly position?: number };

/** Which connections `conntrack -L` and `-D` mean; what is absent selects all. */
export interface ConntrackFilter {
  readonly protocol?: number;
  readonly source?: IpPrefix;
  readonly destination?: IpPrefix;
  readonly replySource?: IpPrefix;
  readonly replyDestination?: IpPrefix;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly replySourcePort?: number;
  readonly replyDestinationPort?: number;
  readonly state?: TcpConntrackState;
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly assured?: boolean;
  readonly seenReply?: boolean;
  /** Translated, and to this address when one is named. */
  readonly sourceNat?: IpAddress | true;
  readonly destinationNat?: IpAddress | true;
  readonly anyNat?: IpAddress | true;
}

export interface ConntrackDeletion {
  readonly type: 'conntrackDelete';
  readonly filter: ConntrackFilter;
}

/** Somebody's hand on the cable of a network card: no tool asks for it. */
export interface CableEdit {
  readonly type: 'cable';
  readonly dev: string;
  readonly state: NonNullable<PhysicalLink['cable']>;
}

/** The errors that a kernel answers a change with (errno.h). */
export type Errno =
  | 'E2BIG'
  | 'EADDRNOTAVAIL'
  | 'EBUSY'
  | 'EEXIST'
  | 'EINVAL'
  | 'ELOOP'
  | 'EMLINK'
  | 'ENETDOWN'
  | 'ENETUNREACH'
  | 'EHOSTUNREACH'
  | 'EACCES'
  | 'ENODEV'
  | 'ENOENT'
  | 'EOPNOTSUPP'
  | 'ERANGE'
  | 'ESRCH';

/** Why a change was refused; the tool that asked has words for it. */
export type Refusal =
  | {
      readonly type: 'errno';
      readonly errno: Errno;
      /** The kernel's own words (netlink's extended acknowledgement). */
      readonly message?: string;
    }
  /** The tool looked for a device that is not there, before it asked for anything. */
  | { readonly type: 'noDevice'; readonly name: string; readonly as: 'device' | 'master' }
  /** The rule leads to a chain that is not there. */
  | { readonly type: 'noChain'; readonly name: string }
  /** A chain that the operation cannot be done to, and what is the matter with it. */
  | { readonly type: 'chain'; readonly name: string; readonly errno: 'EBUSY' | 'EINVAL' | 'EMLINK' | 'EEXIST' }
  /** Linux has it, this simulation does not. */
  | { readonly type: 'notSimulated'; readonly what: string };
