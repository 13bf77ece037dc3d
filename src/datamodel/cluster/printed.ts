import type { EntryId } from '../network/tables.ts';

/** The tools whose output the dock and the command line show. */
export type Tool =
  | 'iptables-save'
  | 'ip6tables-save'
  | 'nft'
  | 'ipset'
  | 'ipvsadm'
  | 'ipvsadm-connections'
  | 'bpf-lb'
  | 'bpf-ct'
  | 'bpf-nat'
  | 'bpf-endpoint'
  | 'bpf-ipcache'
  | 'calico-nat'
  | 'calico-routes'
  | 'calico-conntrack'
  | 'ip-route'
  | 'ip-addr'
  | 'ip-neigh'
  | 'bridge-fdb'
  | 'conntrack'
  | 'sysctl';

/** One line as the tool prints it; `entry` is the table entry it stands for, so that it can light up. */
export interface PrintedLine {
  readonly text: string;
  readonly entry?: EntryId;
}
