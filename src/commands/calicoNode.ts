import { Complaint, notSimulated } from './complaint.ts';
import type { ParsedCommand } from './parsedCommand.ts';

const MAPS: ReadonlyMap<string, 'calicoNat' | 'calicoRoutes' | 'calicoConntrack'> = new Map([
  ['nat dump', 'calicoNat'],
  ['routes dump', 'calicoRoutes'],
  ['conntrack dump', 'calicoConntrack'],
]);

/** `calico-node -bpf nat dump`, `… routes dump`, `… conntrack dump`: as one runs it in calico-node's container. */
export function parseCalicoNode(args: readonly string[]): ParsedCommand {
  const [flag, ...rest] = args;
  if (flag !== '-bpf' && flag !== '--bpf') throw notSimulated(`"calico-node ${args.join(' ')}"`);
  const map = MAPS.get(rest.join(' '));
  if (map !== undefined) return { type: 'query', program: 'calico-node', query: { type: 'ebpfMap', map } };
  const [group = ''] = rest;
  const known = [...MAPS.keys()].some((name) => name.startsWith(`${group} `));
  if (!known && group !== '') throw new Complaint(`Error: unknown command "${group}" for "calico-bpf"`, 1);
  throw notSimulated(`"calico-node ${args.join(' ')}"`);
}

/** What may follow. */
export function completeCalicoNode(args: readonly string[]): readonly string[] {
  if (args.length === 0) return ['-bpf'];
  if (args.length === 1) return ['nat', 'routes', 'conntrack'];
  return args.length === 2 ? ['dump'] : [];
}
