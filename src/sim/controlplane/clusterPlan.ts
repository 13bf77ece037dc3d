import type { CniBackend, ProxyMode } from '../../datamodel/cluster/command.ts';
import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import type { LoadBalancerPlan } from './host/loadBalancerPlan.ts';
import type { UnderlayPlan } from './host/underlay/underlayPlan.ts';
import type { PodAddress, PodKey } from './ipam/podAddresses.ts';
import type { NetworkLists } from './network/lists/networkLists.ts';
import type { ClusterNetwork, OpenNetwork } from './network/provider.ts';
import type { PlannedNodes, PodPlan } from './nodePlan.ts';

/** What all agents agree on before any of them writes: who has which address, name and MAC. */
export interface ClusterPlan extends PlannedNodes {
  readonly cni: CniBackend;
  /** What the CNI's agents and plugins write. */
  readonly network: ClusterNetwork;
  /** What load-balances Services, where the CNI does so itself: eBPF. */
  readonly proxyMode: ProxyMode;
  /** kube-proxy's mode, on nodes where it is not replaced. */
  readonly kubeProxyMode: ProxyMode;
  readonly underlay: UnderlayPlan;
  /** Hosts outside that balance traffic to the nodes, by their address. */
  readonly loadBalancers: ReadonlyMap<IpAddress, LoadBalancerPlan>;
  readonly pods: ReadonlyMap<PodKey, PodPlan>;
  /** Sandboxes of all Pods, failed ones included. */
  readonly addresses: ReadonlyMap<PodKey, PodAddress>;
  /** Ranges of Pods' addresses. */
  readonly podRanges: readonly IpPrefix[];
  /** What nodes have of them, and where each goes on. */
  readonly ipam: Pick<OpenNetwork, 'blocks' | 'nodeRanges' | 'memory' | 'interfaces'>;
  /** Network configuration lists that people wrote on nodes; absent: none. */
  readonly lists?: NetworkLists;
  readonly warnings: readonly string[];
}
