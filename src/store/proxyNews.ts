import type { ProxyMode } from '../datamodel/cluster/command.ts';
import type { ClusterView, NodeView } from '../datamodel/cluster/view.ts';

/** kube-proxy's modes as they are called, in the order in which they are offered. */
export const PROXY_NAMES: Readonly<Record<ProxyMode, string>> = {
  iptables: 'iptables',
  nftables: 'nftables',
  ipvs: 'IPVS',
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
      : 'Connections that are established keep their conntrack entries; new ones meet the new tables.';
  const except = stopped.length === 0 ? '' : ` Nothing changes on ${stopped.join(', ')}, where kube-proxy is stopped.`;
  return [`kube-proxy now runs in ${PROXY_NAMES[after.proxyMode]} mode`, `${old} ${connections}${except}`];
}
