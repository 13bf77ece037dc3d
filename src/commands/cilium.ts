import { Complaint, notSimulated } from './complaint.ts';
import type { ParsedCommand } from './parsedCommand.ts';

const MAPS: ReadonlyMap<string, 'lb' | 'ct' | 'nat' | 'endpoint' | 'ipcache'> = new Map([
  ['lb list', 'lb'],
  ['lb ls', 'lb'],
  ['ct list global', 'ct'],
  ['nat list', 'nat'],
  ['endpoint list', 'endpoint'],
  ['endpoint ls', 'endpoint'],
  ['ipcache list', 'ipcache'],
  ['ipcache ls', 'ipcache'],
]);

/** `cilium bpf lb list`, `… ct list global`, `… nat list`, `… endpoint list`, `… ipcache list`; cilium-dbg is the same program by its newer name. */
export function parseCilium(args: readonly string[]): ParsedCommand {
  const [group, ...rest] = args;
  if (group !== 'bpf') throw notSimulated(`"cilium ${args.join(' ')}"`);
  const map = MAPS.get(rest.join(' '));
  if (map !== undefined) return { type: 'query', program: 'cilium', query: { type: 'ebpfMap', map } };
  if (rest.join(' ') === 'ct list') throw new Complaint("Missing endpoint id or 'global' argument", 1);
  throw notSimulated(`"cilium ${args.join(' ')}"`);
}

/** What may follow. */
export function completeCilium(args: readonly string[]): readonly string[] {
  const after: Readonly<Record<string, readonly string[]>> = {
    '': ['bpf'],
    bpf: ['lb', 'ct', 'nat', 'endpoint', 'ipcache'],
    'bpf lb': ['list'],
    'bpf nat': ['list'],
    'bpf endpoint': ['list'],
    'bpf ipcache': ['list'],
    'bpf ct': ['list'],
    'bpf ct list': ['global'],
  };
  const typed = args.join(' ');
  return Object.hasOwn(after, typed) ? (after[typed] ?? []) : [];
}
