import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { EntryRef } from '../../datamodel/flow/step.ts';

type Table = EntryRef['table'];

/** The tool that prints a table's lines; undefined where no tool here does. */
export function toolOf(table: Table): Tool | undefined {
  switch (table) {
    case 'rule':
      return 'iptables-save';
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
  'ip6tables-save': 'rule',
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
  'ip6tables-save': 'ip6tables-save',
  'ip-route': 'ip route',
  'ip-addr': 'ip addr',
  'ip-neigh': 'ip neigh',
  'bridge-fdb': 'bridge fdb',
  conntrack: 'conntrack',
};

export const TOOLS: readonly Tool[] = [
  'iptables-save',
  'ip-route',
  'ip-addr',
  'ip-neigh',
  'bridge-fdb',
  'conntrack',
  'ip6tables-save',
];

/** What these print changes while packets move; the others change only when the cluster is rebuilt. */
export const LEARNING_TOOLS: ReadonlySet<Tool> = new Set(['ip-neigh', 'bridge-fdb', 'conntrack']);
