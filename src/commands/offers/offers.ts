import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { connectionOffers, connectionTableOffers } from './connection.ts';
import { fdbOffers, fdbTableOffers } from './fdb.ts';
import { addressOffers, addressTableOffers } from './link.ts';
import { neighborOffers, neighborTableOffers } from './neighbor.ts';
import { routeOffers, routeTableOffers } from './route.ts';
import { ruleOffers, ruleTableOffers } from './rule.ts';
import { sysctlOffers } from './sysctl.ts';

/**
 * The edits that make sense for one entry of a table, or for the whole table, each as the command line that makes it.
 *
 * @param runtime what the namespace's kernel has learned; absent: nothing yet.
 * @param entry of a line that `tool` prints; absent: the table.
 */
export function offers(
  tool: Tool,
  netns: Netns,
  runtime: RuntimeTables | undefined,
  entry: EntryId | undefined,
): readonly Offer[] {
  switch (tool) {
    case 'iptables-save':
      return entry === undefined ? ruleTableOffers(netns) : ruleOffers(netns, entry);
    case 'ip-route':
      return entry === undefined ? routeTableOffers(netns, runtime) : routeOffers(netns, entry);
    case 'ip-addr':
      return entry === undefined ? addressTableOffers(netns) : addressOffers(netns, entry);
    case 'ip-neigh':
      return entry === undefined ? neighborTableOffers(netns, runtime) : neighborOffers(netns, runtime, entry);
    case 'bridge-fdb':
      return entry === undefined ? fdbTableOffers(netns, runtime) : fdbOffers(netns, runtime, entry);
    case 'conntrack':
      return entry === undefined ? connectionTableOffers(runtime) : connectionOffers(runtime, entry);
    case 'sysctl':
      return entry === undefined ? [] : sysctlOffers(netns, entry);
    // the command line has none of these, and what agents keep in step would be theirs again at once
    case 'ip6tables-save':
    case 'nft':
    case 'ipset':
    case 'ipvsadm':
    case 'ipvsadm-connections':
    case 'bpf-lb':
    case 'bpf-ct':
    case 'bpf-nat':
    case 'bpf-endpoint':
    case 'bpf-ipcache':
    case 'calico-nat':
    case 'calico-routes':
    case 'calico-conntrack':
      return [];
    default:
      return assertUnreachable(tool);
  }
}
