import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { PrintedLine, Tool } from '../datamodel/cluster/printed.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import { printBpfCtList } from './bpfCtList.ts';
import { printBpfLbList } from './bpfLbList.ts';
import { printBpfNatList } from './bpfNatList.ts';
import { printBridgeFdb } from './bridgeFdb.ts';
import { printConntrack } from './conntrackL.ts';
import { printIpAddr } from './ipAddr.ts';
import { printIpNeigh } from './ipNeigh.ts';
import { printIpRoute } from './ipRoute.ts';
import { printIpsetList } from './ipset.ts';
import { printIptablesSave } from './iptablesSave.ts';
import { printIpvsadm, printIpvsConnections } from './ipvsadm.ts';
import { printNftRuleset } from './nftList.ts';
import { printSysctls } from './sysctlA.ts';

/**
 * What a tool prints in a network namespace, line by line with the entry that each line stands for.
 *
 * @param netns with the kernel's own routes.
 * @param runtime what its kernel has learned; absent: nothing yet.
 * @param now virtual nanoseconds.
 */
export function printTool(
  tool: Tool,
  netns: Netns,
  runtime: RuntimeTables | undefined,
  now: number,
): readonly PrintedLine[] {
  switch (tool) {
    case 'iptables-save':
      return printIptablesSave(netns);
    case 'ip6tables-save':
      return printIptablesSave(netns, 'ipv6');
    case 'ipset':
      return printIpsetList(netns);
    case 'ipvsadm':
      return printIpvsadm(netns, runtime, now);
    case 'ipvsadm-connections':
      return printIpvsConnections(runtime, now);
    case 'nft':
      return printNftRuleset(netns, runtime, now);
    case 'bpf-lb':
      return printBpfLbList(netns);
    case 'bpf-ct':
      return printBpfCtList(runtime, now);
    case 'bpf-nat':
      return printBpfNatList(runtime, now);
    case 'ip-route':
      return printIpRoute(netns);
    case 'ip-addr':
      return printIpAddr(netns);
    case 'ip-neigh':
      return printIpNeigh(netns, runtime);
    case 'bridge-fdb':
      return printBridgeFdb(netns, runtime);
    case 'conntrack':
      return printConntrack(runtime, now);
    case 'sysctl':
      return printSysctls(netns);
    default:
      return assertUnreachable(tool);
  }
}
