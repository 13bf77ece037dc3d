import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { AddressType, Hook, PortRange, TransportName } from './netfilter.ts';
import type { EntryId, Owner } from './tables.ts';

export type NftFamily = 'ip' | 'ip6';
/** A table as steps name it: `ip kube-proxy`. */
export type NftTableName = `${NftFamily} ${string}`;

/** Things of one kind by name, in the order in which they were made. A big table's are made when they are first asked for. */
export interface Catalogue<T> {
  /** There are no fewer than so many: known without making them. */
  readonly atLeast?: number;
  get(name: string): T | undefined;
  values(): Iterable<T>;
}

/** An nftables table: the same tree is evaluated by the kernel and printed by nft. */
export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly owner: Owner;
  readonly comment?: string;
  readonly sets: Catalogue<NftSet>;
  readonly maps: Catalogue<NftMap>;
  /** Chains that are registered at hooks, in the order in which they were. */
  readonly baseChains: readonly NftBaseChain[];
  /** All chains, base chains included. */
  readonly chains: Catalogue<NftChain>;
}

export type NftChainType = 'filter' | 'nat' | 'route';

export interface NftChain {
  readonly name: string;
  readonly comment?: string;
  readonly base?: NftBase;
  readonly rules: readonly NftRule[];
}

export interface NftBase {
  readonly type: NftChainType;
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
}

export type NftBaseChain = NftChain & { readonly base: NftBase };

/** `statements` are tried in order: one that does not hold ends the rule. */
export interface NftRule {
  readonly id: EntryId;
  readonly statements: readonly NftStatement[];
  readonly comment?: string;
}

export type NftDataType = 'ipv4_addr' | 'ipv6_addr' | 'inet_proto' | 'inet_service';

export interface NftSet {
  readonly name: string;
  readonly type: readonly NftDataType[];
  readonly comment?: string;
  /** Rules add elements, which go away when nothing has renewed them for `timeout` seconds. */
  readonly dynamic?: { readonly timeout: number };
  /** By their keys' text. Those that rules add are runtime state. */
  readonly elements: Catalogue<NftElement>;
}

/** A map to verdicts. */
export interface NftMap {
  readonly name: string;
  readonly type: readonly NftDataType[];
  readonly comment?: string;
  readonly elements: Catalogue<NftVerdictElement>;
}

export interface NftElement {
  readonly id: EntryId;
  /** The parts of a concatenation: `10.96.0.1 . tcp . 443`. */
  readonly key: readonly string[];
  readonly comment?: string;
}

export type NftVerdictElement = NftElement & { readonly verdict: NftVerdict };

export type NftVerdict =
  | { readonly type: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly type: 'jump' | 'goto'; readonly chain: string };

export type NftStatement = NftMatch | NftAction;

export type NftEnd = 'saddr' | 'daddr';

export type NftMatch =
  /** `ip daddr 10.0.0.0/8`, `ip saddr @name`, an anonymous set of prefixes; of the table's family. */
  | {
      readonly type: 'address';
      readonly end: NftEnd;
      readonly in: readonly IpPrefix[] | { readonly set: string };
      readonly negate?: boolean;
    }
  /** `tcp dport 80`, which asks for the protocol too; `th dport 80` does not. */
  | {
      readonly type: 'port';
      readonly protocol: TransportName | 'th';
      readonly end: 'sport' | 'dport';
      readonly ports: readonly PortRange[];
      readonly negate?: boolean;
    }
  | { readonly type: 'l4proto'; readonly protocol: TransportName; readonly negate?: boolean }
  | {
      readonly type: 'interface';
      readonly which: 'iifname' | 'oifname';
      readonly name: string;
      readonly negate?: boolean;
    }
  | { readonly type: 'mark'; readonly mask: number; readonly value: number; readonly negate?: boolean }
  | { readonly type: 'ctState'; readonly states: readonly NftCtState[]; readonly negate?: boolean }
  | {
      readonly type: 'fibType';
      readonly end: NftEnd;
      readonly addressType: Lowercase<AddressType>;
      readonly negate?: boolean;
    };

export type NftCtState = 'new' | 'established' | 'related' | 'invalid' | 'untracked';

/** A part of the key that a lookup makes from the packet. */
export type NftKeyPart = NftEnd | 'l4proto' | 'sport' | 'dport';

export type NftAction =
  /** `… vmap @name`; a key that the map does not have ends the rule. */
  | { readonly type: 'vmap'; readonly key: readonly NftKeyPart[]; readonly map: string }
  /** `numgen random mod N vmap { 0 : …, 1 : … }`, N being the number of verdicts. */
  | { readonly type: 'numgen'; readonly verdicts: readonly NftVerdict[] }
  | { readonly type: 'setMark'; readonly operation: 'or' | 'xor' | 'and'; readonly value: number }
  /** `update @name { ip saddr }` */
  | { readonly type: 'update'; readonly set: string; readonly key: readonly NftKeyPart[] }
  | { readonly type: 'dnat'; readonly address: IpAddress; readonly port: number }
  | { readonly type: 'masquerade'; readonly fullyRandom: boolean }
  /** With ICMP's port unreachable. */
  | { readonly type: 'reject' }
  | { readonly type: 'verdict'; readonly verdict: NftVerdict };
