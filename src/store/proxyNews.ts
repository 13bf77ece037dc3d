import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { ClusterView, NodeView } from '../datamodel/cluster/view.ts';

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

/** What another mode of kube-proxy did to what was there, as title and text. */
export function proxyNews(before: ClusterView, after: ClusterView): readonly [string, string] {
  const former = PROXY_NAMES[before.proxyMode];
  const stopped = after.nodes.filter((node) => !node.proxyRunning).map(({ name }) => name);
  const left = leftModes(after.nodes);
  const old = left.includes(before.proxyMode)
    ? `What ${former} mode wrote is left in place: the kernel asks both.`
    : `What ${former} mode wrote is cleaned up.`;
  const connections =
    before.proxyMode === 'ipvs' && !left.includes('ipvs')
      ? 'Connections that IPVS had scheduled are cut off from it; new ones meet the new tables.'
      : before.proxyMode === 'ebpf'
        ? 'Sockets keep the backends that they were given; what came in by tc is cut off from its maps.'
        : 'Connections that are established keep their conntrack entries; new ones meet the new tables.';
  const except = stopped.length === 0 ? '' : ` Nothing changes on ${stopped.join(', ')}, where kube-proxy is stopped.`;
  const title =
    after.proxyMode === 'ebpf'
      ? 'eBPF programs now stand in kube-proxy’s stead'
      : `kube-proxy now runs in ${PROXY_NAMES[after.proxyMode]} mode`;
  return [title, `${old} ${connections}${except}`];
}
