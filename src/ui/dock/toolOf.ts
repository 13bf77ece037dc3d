import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { ClusterView, NodeView } from '../../datamodel/cluster/view.ts';
import type { EntryRef } from '../../datamodel/flow/step.ts';

type Table = EntryRef['table'];

/** By the first word of an entry's id; services have none such. */
const BPF_MAPS: Readonly<Record<string, Tool>> = {
  ct: 'bpf-ct',
  nat: 'bpf-nat',
  lxc: 'bpf-endpoint',
  ipcache: 'bpf-ipcache',
  fe: 'calico-nat',
  rt: 'calico-routes',
  flow: 'calico-conntrack',
};

/** The tool that prints a table's lines; undefined where no tool here does. An entry's id tells eBPF's maps apart. */
export function toolOf(table: Table, id = ''): Tool | undefined {
  switch (table) {
    case 'rule':
      return 'iptables-save';
    case 'ipset':
      return 'ipset';
    case 'virtualServer':
      return 'ipvsadm';
    case 'ipvs':
      return 'ipvsadm-connections';
    case 'nft':
      return 'nft';
    case 'ebpf':
      return BPF_MAPS[id.slice(0, id.indexOf(' '))] ?? 'bpf-lb';
    case 'route':
      return 'ip-route';
    case 'neighbor':
      return 'ip-neigh';
    case 'fdb':
      return 'bridge-fdb';
    case 'conntrack':
      return 'conntrack';
    case 'address':
    case 'link':
      return 'ip-addr';
    case 'sysctl':
      return 'sysctl';
    default:
      return undefined;
  }
}

const TABLES: Readonly<Record<Tool, Table>> = {
  'iptables-save': 'rule',
  'ip6tables-save': 'rule',
  ipset: 'ipset',
  ipvsadm: 'virtualServer',
  'ipvsadm-connections': 'ipvs',
  nft: 'nft',
  'bpf-lb': 'ebpf',
  'bpf-ct': 'ebpf',
  'bpf-nat': 'ebpf',
  'bpf-endpoint': 'ebpf',
  'bpf-ipcache': 'ebpf',
  'calico-nat': 'ebpf',
  'calico-routes': 'ebpf',
  'calico-conntrack': 'ebpf',
  'ip-route': 'route',
  'ip-addr': 'address',
  'ip-neigh': 'neighbor',
  'bridge-fdb': 'fdb',
  conntrack: 'conntrack',
  sysctl: 'sysctl',
};

/** The table whose lines a tool prints. */
export function tableOf(tool: Tool): Table {
  return TABLES[tool];
}

/** The commands as one types them. */
export const TOOL_NAMES: Readonly<Record<Tool, string>> = {
  'iptables-save': 'iptables-save',
  'ip6tables-save': 'ip6tables-save',
  ipset: 'ipset',
  ipvsadm: 'ipvsadm -Ln',
  'ipvsadm-connections': 'ipvsadm -Lnc',
  nft: 'nft list ruleset',
  'bpf-lb': 'cilium bpf lb list',
  'bpf-ct': 'cilium bpf ct list global',
  'bpf-nat': 'cilium bpf nat list',
  'bpf-endpoint': 'cilium bpf endpoint list',
  'bpf-ipcache': 'cilium bpf ipcache list',
  'calico-nat': 'calico-node -bpf nat dump',
  'calico-routes': 'calico-node -bpf routes dump',
  'calico-conntrack': 'calico-node -bpf conntrack dump',
  'ip-route': 'ip route',
  'ip-addr': 'ip addr',
  'ip-neigh': 'ip neigh',
  'bridge-fdb': 'bridge fdb',
  conntrack: 'conntrack',
  sysctl: 'sysctl',
};

const TOOLS: readonly Tool[] = [
  'iptables-save',
  'ipset',
  'ipvsadm',
  'ipvsadm-connections',
  'nft',
  'bpf-lb',
  'bpf-ct',
  'bpf-nat',
  'bpf-endpoint',
  'bpf-ipcache',
  'calico-nat',
  'calico-routes',
  'calico-conntrack',
  'ip-route',
  'ip-addr',
  'ip-neigh',
  'bridge-fdb',
  'conntrack',
  'sysctl',
  'ip6tables-save',
];

/** What these print is there only on nodes that are set up for it. */
const NEEDED: Readonly<Partial<Record<Tool, (node: NodeView) => boolean>>> = {
  nft: (node) => node.nftables !== undefined,
  ipset: (node) => node.virtualServers !== undefined,
  ipvsadm: (node) => node.virtualServers !== undefined,
  'ipvsadm-connections': (node) => node.virtualServers !== undefined,
  'bpf-lb': (node) => node.programmed !== undefined && !node.endpointPrograms,
  'bpf-ct': (node) => node.programmed !== undefined && !node.endpointPrograms,
  'bpf-nat': (node) => node.programmed !== undefined && !node.endpointPrograms,
  'bpf-endpoint': (node) => node.forwardsByPrograms === true,
  'bpf-ipcache': (node) => node.forwardsByPrograms === true,
  'calico-nat': (node) => node.endpointPrograms === true,
  'calico-routes': (node) => node.endpointPrograms === true,
  'calico-conntrack': (node) => node.endpointPrograms === true,
};

/** The tools that have something to print on some node of a cluster. @param views the cluster as it is, and as it was. */
export function toolsIn(...views: readonly (ClusterView | undefined)[]): readonly Tool[] {
  return TOOLS.filter((tool) => {
    const isSetUp = NEEDED[tool];
    return isSetUp === undefined || views.some((view) => view?.nodes.some(isSetUp));
  });
}

/** What these print changes while packets move; the others change only when the cluster is rebuilt. */
export const LEARNING_TOOLS: ReadonlySet<Tool> = new Set([
  'ipvsadm',
  'ipvsadm-connections',
  'bpf-ct',
  'bpf-nat',
  'calico-conntrack',
  'ip-neigh',
  'bridge-fdb',
  'conntrack',
]);

/** All that these print was learned from packets: nobody writes it. */
export const LEARNED_TOOLS: ReadonlySet<Tool> = new Set(['ipvsadm-connections', 'ip-neigh', 'bridge-fdb', 'conntrack']);
