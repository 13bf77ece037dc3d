import type { ClusterView } from '../datamodel/cluster/view.ts';
import { leftModes, PROXY_NAMES } from './proxyNames.ts';

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
