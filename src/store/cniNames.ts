import type { CniBackend } from '../datamodel/cluster/command.ts';

/** Backends by their names, as a person would say them. */
export const CNI_NAMES: Readonly<Record<CniBackend, string>> = {
  'flannel-vxlan': 'Flannel VXLAN',
  'flannel-vxlan-directrouting': 'Flannel VXLAN DirectRouting',
  'flannel-host-gw': 'Flannel host-gw',
  'flannel-wireguard': 'Flannel WireGuard',
  'flannel-ipip': 'Flannel IPIP',
  'calico-bgp': 'Calico BGP',
  'calico-ipip': 'Calico IPIP',
  'calico-ipip-crosssubnet': 'Calico IPIP CrossSubnet',
  'calico-vxlan': 'Calico VXLAN',
  'calico-vxlan-crosssubnet': 'Calico VXLAN CrossSubnet',
  'calico-ebpf': 'Calico eBPF',
  'cilium-vxlan': 'Cilium VXLAN',
  'cilium-geneve': 'Cilium Geneve',
  'cilium-native': 'Cilium native routing',
  'aws-vpc': 'AWS VPC CNI',
  kubenet: 'kubenet',
  none: 'no CNI',
};

/** The projects that there is more than one backend of. */
const PROJECTS = ['Flannel', 'Calico', 'Cilium'];

/** Backends by the projects that they are of, in the order in which they come. */
export function byProject(backends: readonly CniBackend[]): readonly (readonly [string, readonly CniBackend[]])[] {
  const groups = new Map<string, CniBackend[]>();
  for (const cni of backends) {
    const project = PROJECTS.find((name) => CNI_NAMES[cni].startsWith(name)) ?? 'Others';
    groups.set(project, [...(groups.get(project) ?? []), cni]);
  }
  return [...groups];
}
