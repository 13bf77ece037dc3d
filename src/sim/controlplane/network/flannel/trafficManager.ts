import type { IpPrefix } from '../../../../wire/address.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import type { PlannedNodes } from '../../nodePlan.ts';
import { flannelRules } from './rules.ts';

/** What flanneld writes on a node that has leased a subnet. */
type TrafficManager = (planned: PlannedNodes, subnet: IpPrefix) => NetnsParts;

let nftables: TrafficManager | undefined;

/** To be called before the first cluster with EnableNFTables. */
export function installFlannelNftables(manager: TrafficManager): void {
  nftables = manager;
}

/** flanneld's rules: iptables', or nftables' where net-conf.json says so (pkg/trafficmngr). */
export const trafficRules: TrafficManager = (planned, subnet) => {
  if (!planned.objects.network.flannel.enableNftables) return flannelRules(planned, subnet);
  if (nftables === undefined) throw new Error('flanneld cannot write nftables before that has been loaded');
  return nftables(planned, subnet);
};
