import type { NodeView } from '../../datamodel/cluster/view.ts';
import type { TableName } from '../../datamodel/network/netfilter.ts';
import type { BlockTitle } from './model.ts';

const TABLES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter'];

/** What serves Services in a node's kernel and how much of it there is, and whether anybody keeps it up to date. */
export function kernelTitle(node: NodeView): BlockTitle {
  const sizes = inForce(node);
  const left = (node.leftovers ?? []).map((mode) => (mode === 'ipvs' ? 'IPVS' : mode === 'ebpf' ? 'eBPF' : mode));
  const right = left.length === 0 ? sizes : sizes.map((size) => `${size} + old ${left.join(', ')}`);
  if (node.proxyRunning) return { left: 'kernel', right };
  const stopped = 'kube-proxy stopped';
  return { left: 'kernel', right: [...right.map((words) => `${stopped} · ${words}`), stopped], stale: true };
}

/** From the longest words to the shortest. */
function inForce(node: NodeView): readonly string[] {
  const left = new Set(node.leftovers);
  const { virtualServers, nftables, nftCounts } = node;
  if (virtualServers !== undefined && !left.has('ipvs'))
    return [`IPVS · ${count(virtualServers, 'virtual server')}`, `IPVS · ${virtualServers} servers`, 'IPVS'];
  if (nftables?.includes('ip kube-proxy') && !left.has('nftables')) {
    if (!nftCounts) return ['nftables'];
    const rules = `nftables · ${count(nftCounts.rules, 'rule')}`;
    return [`${rules}, ${count(nftCounts.mapElements, 'map element')}`, rules, 'nftables'];
  }
  if (node.socketPrograms) return ['eBPF programs, no kube-proxy', 'eBPF'];
  const rules = TABLES.reduce((sum, table) => sum + node.rules[table], 0);
  return [`iptables · ${count(rules, 'rule')}`, 'iptables'];
}

function count(value: number, one: string): string {
  return `${value} ${one}${value === 1 ? '' : 's'}`;
}
