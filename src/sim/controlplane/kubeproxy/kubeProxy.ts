import type { ProxyMode } from '../../../datamodel/cluster/command.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import type { ClusterPlan } from '../plan.ts';
import { ebpfProxier } from './ebpf/agent.ts';
import { iptablesProxier } from './iptables/iptablesProxier.ts';
import { nftablesProxier } from './nftables/nftablesProxier.ts';
import type { Proxier, ProxyModeCompiler } from './proxier.ts';
import { serviceMap } from './serviceMap.ts';

const MODES: Readonly<Record<ProxyMode, ProxyModeCompiler>> = {
  iptables: iptablesProxier,
  nftables: nftablesProxier,
  ipvs: iptablesProxier,
  ebpf: ebpfProxier,
};

/** kube-proxy for a whole cluster, in the mode that is in force: what it writes on each node. */
export function kubeProxy(plan: ClusterPlan): Proxier {
  const proxier = MODES[plan.proxyMode](plan);
  const listeners = healthChecks(plan);
  return (node, localAddresses) => ({ ...proxier(node, localAddresses), listeners });
}

/** Load balancers ask each node whether it has endpoints; the proxy itself answers. */
function healthChecks({ objects, proxyMode }: ClusterPlan): readonly Listener[] {
  const services = serviceMap(objects.services, objects.endpointSlices, 'IPv4');
  return [...new Set(services.map((service) => service.healthCheckNodePort))]
    .filter((port) => port !== 0)
    .map((port) => ({
      id: `tcp/${port}/kube-proxy`,
      owner: proxyMode === 'ebpf' ? 'cilium-agent' : 'kube-proxy',
      protocol: 'tcp',
      port,
      program: { type: 'identify', name: proxyMode === 'ebpf' ? 'cilium-agent' : 'kube-proxy' },
    }));
}
