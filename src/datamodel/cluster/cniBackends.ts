import type { CniBackend } from './command.ts';

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
  'cilium-vxlan',
  'cilium-geneve',
  'cilium-native',
  'aws-vpc',
  'kubenet',
  'none',
] as const satisfies readonly CniBackend[];
