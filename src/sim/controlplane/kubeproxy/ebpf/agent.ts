import type { ClusterPlan } from '../../clusterPlan.ts';
import type { NetnsParts } from '../../netnsParts.ts';
import type { NodePlan } from '../../nodePlan.ts';
import type { Proxier } from '../proxier.ts';

/** Cilium's agent as far as it stands in for kube-proxy: much that other modes need not have. */
export interface EbpfAgent {
  proxier(plan: ClusterPlan): Proxier;
  podPrograms(plan: ClusterPlan, node: NodePlan): NetnsParts;
}

let installed: EbpfAgent | undefined;

/** To be called before the first cluster that is to be load-balanced by eBPF. */
export function installEbpfAgent(agent: EbpfAgent): void {
  installed = agent;
}

/** kube-proxy's stand-in: what it attaches on each node. */
export function ebpfProxier(plan: ClusterPlan): Proxier {
  return theAgent().proxier(plan);
}

/** What a Pod's processes have of it: the node's programs, attached to the cgroup above theirs. */
export function podPrograms(plan: ClusterPlan, node: NodePlan): NetnsParts {
  const own = plan.network.serviceProxy;
  if (own?.runsOn(node)) return own.pod(node);
  return plan.kubeProxyMode === 'ebpf' ? theAgent().podPrograms(plan, node) : {};
}

function theAgent(): EbpfAgent {
  if (!installed) throw new Error('eBPF cannot stand in for kube-proxy before its agent has been loaded');
  return installed;
}
