import type { CniBackend } from './command.ts';

/** Those whose own eBPF programs stand in kube-proxy's stead: it has no mode beside them. */
export const WITHOUT_KUBE_PROXY: ReadonlySet<CniBackend> = new Set<CniBackend>(['calico-ebpf']);

/** The backends that there are providers for, in the order in which they are offered. */
export const CNI_BACKENDS = [
  'flannel-vxlan',
  'flannel-vxlan-directrouting',
  'flannel-host-gw',
  'flannel-wireguard',
  'flannel-ipip',
  'calico-bgp',
  'calico-ipip',
  'calico-ipip-crosssubnet',
  'calico-vxlan',
  'calico-vxlan-crosssubnet',
  'calico-ebpf',
  'cilium-vxlan',
  'cilium-geneve',
  'cilium-native',
  'aws-vpc',
  'kubenet',
  'none',
] as const satisfies readonly CniBackend[];
