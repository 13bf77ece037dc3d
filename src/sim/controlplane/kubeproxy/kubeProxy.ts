import type { ProxyMode } from '../../../datamodel/cluster/command.ts';
import type { ClusterPlan } from '../plan.ts';
import { ebpfProxier } from './ebpf/agent.ts';
import { healthChecks } from './healthChecks.ts';
import { iptablesProxier } from './iptables/iptablesProxier.ts';
import { ipvsProxier } from './ipvs/ipvsProxier.ts';
import { nftablesProxier } from './nftables/nftablesProxier.ts';
import type { Proxier, ProxyModeCompiler } from './proxier.ts';

const MODES: Readonly<Record<ProxyMode, ProxyModeCompiler>> = {
  iptables: iptablesProxier,
  nftables: nftablesProxier,
  ipvs: ipvsProxier,
  ebpf: ebpfProxier,
};

/** kube-proxy for a whole cluster, in the mode that is in force: what it writes on each node. */
export function kubeProxy(plan: ClusterPlan): Proxier {
  const proxier = MODES[plan.proxyMode](plan);
  const checks = healthChecks(plan);
  return (node, localAddresses) => ({
    ...proxier(node, localAddresses),
    listeners: checks(node.node.metadata.name),
  });
}
