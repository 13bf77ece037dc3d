import type { EntryId } from '../network/tables.ts';

/** The tools whose output the dock and the command line show. */
export type Tool =
  | 'iptables-save'
  | 'nft'
  | 'bpf-lb'
  | 'bpf-ct'
  | 'bpf-nat'
  | 'ip-route'
  | 'ip-addr'
  | 'ip-neigh'
  | 'bridge-fdb'
  | 'conntrack';

/** One line as the tool prints it; `entry` is the table entry it stands for, so that it can light up. */
export interface PrintedLine {
  readonly text: string;
  readonly entry?: EntryId;
}
