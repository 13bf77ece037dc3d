import type { ProxyMode } from '../../../datamodel/cluster/command.ts';
import type { ClusterPlan } from '../clusterPlan.ts';
import type { ServiceProxy } from '../network/provider.ts';
import type { Drainer } from './drainer.ts';
import { ebpfProxier } from './ebpf/agent.ts';
import { healthChecks } from './healthChecks.ts';
import { iptablesProxier } from './iptables/iptablesProxier.ts';
import type { Proxier, ProxyModeCompiler } from './proxier.ts';

const compilers = new Map<ProxyMode, ProxyModeCompiler>([
  ['iptables', iptablesProxier],
  ['ebpf', ebpfProxier],
]);

const drainers = new Map<ProxyMode, Drainer>();

/** To be called before the first cluster in a mode that a page need not open on. */
export function installProxyMode(mode: ProxyMode, compiler: ProxyModeCompiler, drainer?: Drainer): void {
  compilers.set(mode, compiler);
  if (drainer) drainers.set(mode, drainer);
}

/** @returns undefined for a mode that leaves connections to themselves. */
export function drainerOf(mode: ProxyMode): Drainer | undefined {
  return drainers.get(mode);
}

/** What the CNI's own agents do in kube-proxy's stead. */
export function standInProxy(plan: ClusterPlan, { owner, node: write }: ServiceProxy): Proxier {
  const checks = healthChecks(plan, owner);
  return (node) => ({ ...write(node), listeners: checks(node.node.metadata.name) });
}

/** kube-proxy for a whole cluster, in the mode that is in force: what it writes on each node. */
export function kubeProxy(plan: ClusterPlan): Proxier {
  const compiler = compilers.get(plan.kubeProxyMode);
  if (!compiler) throw new Error(`kube-proxy cannot run in ${plan.kubeProxyMode} mode before that has been loaded`);
  const proxier = compiler(plan);
  const checks = healthChecks(plan, plan.kubeProxyMode === 'ebpf' ? 'cilium-agent' : 'kube-proxy');
  return (node, localAddresses) => ({
    ...proxier(node, localAddresses),
    listeners: checks(node.node.metadata.name),
  });
}
