import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { EntryRef } from '../../datamodel/flow/step.ts';

type Table = EntryRef['table'];

/** The tool that prints a table's lines; undefined where no tool here does. An entry's id tells eBPF's maps apart. */
export function toolOf(table: Table, id = ''): Tool | undefined {
  switch (table) {
    case 'rule':
      return 'iptables-save';
    case 'nft':
      return 'nft';
    case 'ebpf':
      return id.startsWith('ct ') ? 'bpf-ct' : id.startsWith('nat ') ? 'bpf-nat' : 'bpf-lb';
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
    default:
      return undefined;
  }
}

const TABLES: Readonly<Record<Tool, Table>> = {
  'iptables-save': 'rule',
  nft: 'nft',
  'bpf-lb': 'ebpf',
  'bpf-ct': 'ebpf',
  'bpf-nat': 'ebpf',
  'ip-route': 'route',
  'ip-addr': 'address',
  'ip-neigh': 'neighbor',
  'bridge-fdb': 'fdb',
  conntrack: 'conntrack',
};

/** The table whose lines a tool prints. */
export function tableOf(tool: Tool): Table {
  return TABLES[tool];
}

/** The commands as one types them. */
export const TOOL_NAMES: Readonly<Record<Tool, string>> = {
  'iptables-save': 'iptables-save',
  nft: 'nft list ruleset',
  'bpf-lb': 'cilium bpf lb list',
  'bpf-ct': 'cilium bpf ct list global',
  'bpf-nat': 'cilium bpf nat list',
  'ip-route': 'ip route',
  'ip-addr': 'ip addr',
  'ip-neigh': 'ip neigh',
  'bridge-fdb': 'bridge fdb',
  conntrack: 'conntrack',
};

export const TOOLS: readonly Tool[] = [
  'iptables-save',
  'nft',
  'bpf-lb',
  'bpf-ct',
  'bpf-nat',
  'ip-route',
  'ip-addr',
  'ip-neigh',
  'bridge-fdb',
  'conntrack',
];

/** What these print changes while packets move; the others change only when the cluster is rebuilt. */
export const LEARNING_TOOLS: ReadonlySet<Tool> = new Set(['bpf-ct', 'bpf-nat', 'ip-neigh', 'bridge-fdb', 'conntrack']);

/** What these print is there only where eBPF programs are attached. */
export const PROGRAM_TOOLS: ReadonlySet<Tool> = new Set(['bpf-lb', 'bpf-ct', 'bpf-nat']);
