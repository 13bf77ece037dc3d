import type { CniBackend } from '../../datamodel/cluster/command.ts';

/** Who writes on nodes how other nodes' Pods are reached; undefined: nobody does, the cloud's router knows them. */
export function agentOf(cni: CniBackend): string | undefined {
  if (cni.startsWith('flannel')) return 'flanneld';
  if (cni.startsWith('calico')) return 'calico-node';
  return cni.startsWith('cilium') ? 'cilium-agent' : undefined;
}

/** Words for what mends the way to other nodes' Pods where its node has lost it. */
export function mendRoutes(cni: CniBackend): string {
  const agent = agentOf(cni);
  if (agent) return `${agent} writes one for every other node, so let it reconcile, or write it with ip route add`;
  if (cni === 'none') return 'no CNI is installed that would write one: choose one, or write it with ip route add';
  return 'here the cloud delivers to Pods, by its own route table: choose the underlay "cloud VPC", or write one with ip route add';
}
