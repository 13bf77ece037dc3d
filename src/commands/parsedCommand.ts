import type { ConntrackFilter, Edit, RouteSelector } from '../datamodel/network/edit.ts';
import type { TableName } from '../datamodel/network/netfilter.ts';
import type { NeighborState } from '../datamodel/network/tables.ts';
import type { IpAddress, IpPrefix } from '../wire/address.ts';

/** The program that a command line starts; each has its own words and exit codes. */
export type Program =
  | 'ip'
  | 'bridge'
  | 'sysctl'
  | 'iptables'
  | 'iptables-save'
  | 'conntrack'
  | 'cilium'
  | 'calico-node';

/** What a command line means. `echo` is printed when all edits have been made. */
export type ParsedCommand =
  /** All of the edits are made, in order, or none. */
  | {
      readonly type: 'edit';
      readonly program: Program;
      readonly edits: readonly Edit[];
      readonly echo?: readonly string[];
      /** Said on standard error before anything is done. */
      readonly warning?: string;
    }
  | { readonly type: 'query'; readonly program: Program; readonly query: Query }
  /** Nothing but words: a version. */
  | { readonly type: 'text'; readonly text: string }
  /** The tool's own complaint, as it stands on standard error. */
  | CommandError;

export interface CommandError {
  readonly type: 'error';
  readonly text: string;
  readonly exitCode: number;
  /** Said on standard output besides. */
  readonly output?: string;
}

/** Something to be read off a namespace and printed. */
export type Query =
  | { readonly type: 'addresses'; readonly filter: LinkFilter; readonly to?: IpPrefix; readonly scope?: string }
  | { readonly type: 'links'; readonly filter: LinkFilter }
  | { readonly type: 'routes'; readonly selector: RouteSelector }
  | { readonly type: 'policyRules' }
  | {
      readonly type: 'routeGet';
      readonly destination: IpAddress;
      readonly from?: IpAddress;
      readonly inputDevice?: string;
      readonly outputDevice?: string;
      readonly mark?: number;
      /** Shows the route instead of what follows from it. */
      readonly fibMatch: boolean;
      readonly warning?: string;
    }
  | {
      readonly type: 'neighbors';
      readonly dev?: string;
      readonly to?: IpPrefix;
      readonly states: readonly NeighborState[];
    }
  | { readonly type: 'fdb'; readonly dev?: string; readonly bridge?: string }
  | { readonly type: 'bridgeLinks'; readonly dev?: string; readonly details: boolean }
  | { readonly type: 'sysctl'; readonly names: readonly string[]; readonly all: boolean; readonly show: SysctlShow }
  | { readonly type: 'iptablesSave'; readonly table?: TableName }
  | {
      readonly type: 'ebpfMap';
      readonly map: 'lb' | 'ct' | 'nat' | 'endpoint' | 'ipcache' | 'calicoNat' | 'calicoRoutes' | 'calicoConntrack';
    }
  | { readonly type: 'rules'; readonly table: TableName; readonly chain?: string; readonly position?: number }
  | {
      readonly type: 'ruleList';
      readonly table: TableName;
      readonly chain?: string;
      readonly position?: number;
      readonly numeric: boolean;
      readonly verbose: boolean;
      readonly exact: boolean;
      readonly lineNumbers: boolean;
    }
  | { readonly type: 'conntrack'; readonly filter: ConntrackFilter; readonly extended: boolean }
  | { readonly type: 'conntrackCount' };

export interface SysctlShow {
  readonly names: boolean;
  readonly values: boolean;
  readonly ignoreUnknown: boolean;
}

export interface LinkFilter {
  readonly dev?: string;
  readonly up?: boolean;
  /** A bridge's ports. */
  readonly master?: string;
  readonly kind?: string;
  readonly brief: boolean;
  /** Only what has IPv4 addresses (`ip -4`). */
  readonly inet: boolean;
}
