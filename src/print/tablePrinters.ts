import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { printBpfCtList } from './bpfCtList.ts';
import { printBpfEndpointList } from './bpfEndpointList.ts';
import { printBpfIpcacheList } from './bpfIpcacheList.ts';
import { printBpfLbList } from './bpfLbList.ts';
import { printBpfNatList } from './bpfNatList.ts';
import { printBridgeFdb } from './bridgeFdb.ts';
import { printCalicoConntrack } from './calicoConntrack.ts';
import { printCalicoNat } from './calicoNat.ts';
import { printCalicoRoutes } from './calicoRoutes.ts';
import { printConntrack } from './conntrackL.ts';
import { printIpAddr } from './ipAddr.ts';
import { printIpNeigh } from './ipNeigh.ts';
import { printIpRoute } from './ipRoute.ts';
import { printIpsetList } from './ipset.ts';
import { printIpvsadm, printIpvsConnections } from './ipvsadm.ts';
import { printNftRuleset } from './nftList.ts';
import { printSysctls } from './sysctlA.ts';

type Printer = (netns: Netns, runtime: RuntimeTables | undefined, now: number) => readonly PrintedLine[];

/** What every tool prints but iptables', which a page opens on. */
export type TablePrinters = Readonly<Record<Exclude<Tool, 'iptables-save' | 'ip6tables-save'>, Printer>>;

export const TABLE_PRINTERS: TablePrinters = {
  'ip-route': (netns) => printIpRoute(netns),
  'ip-addr': (netns) => printIpAddr(netns),
  'ip-neigh': (netns, runtime) => printIpNeigh(netns, runtime),
  'bridge-fdb': (netns, runtime) => printBridgeFdb(netns, runtime),
  conntrack: (_, runtime, now) => printConntrack(runtime, now),
  sysctl: (netns) => printSysctls(netns),
  ipset: (netns) => printIpsetList(netns),
  ipvsadm: printIpvsadm,
  'ipvsadm-connections': (_, runtime, now) => printIpvsConnections(runtime, now),
  nft: printNftRuleset,
  'bpf-lb': (netns) => printBpfLbList(netns),
  'bpf-ct': (_, runtime, now) => printBpfCtList(runtime, now),
  'bpf-nat': (_, runtime, now) => printBpfNatList(runtime, now),
  'bpf-endpoint': (netns) => printBpfEndpointList(netns),
  'bpf-ipcache': (netns) => printBpfIpcacheList(netns),
  'calico-nat': (netns) => printCalicoNat(netns),
  'calico-routes': (netns) => printCalicoRoutes(netns),
  'calico-conntrack': (_, runtime, now) => printCalicoConntrack(runtime, now),
};
