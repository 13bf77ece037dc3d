import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { NodeView } from '../datamodel/cluster/view.ts';

/** What compiles Services, as it is called, in the order in which it is offered: kube-proxy's modes, and what Cilium has in its stead. */
export const PROXY_NAMES: Readonly<Record<ProxyMode, string>> = {
  iptables: 'iptables',
  nftables: 'nftables',
  ipvs: 'IPVS',
  ebpf: 'eBPF',
};

/** The names of some modes: `iptables and IPVS`. */
export function modesInWords(modes: readonly ProxyMode[]): string {
  return modes.map((mode) => PROXY_NAMES[mode]).join(' and ');
}

/** Modes whose rules are left on some node beside those of the mode in force. */
export function leftModes(nodes: readonly NodeView[]): readonly ProxyMode[] {
  return [...new Set(nodes.flatMap((node) => node.leftovers ?? []))];
}
