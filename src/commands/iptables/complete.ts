import type { Netns } from '../../datamodel/network/netns.ts';
import { MATCHES } from './matches.ts';
import { TARGETS } from './targets.ts';

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
};
const COMMANDS = ['-A', '-C', '-D', '-E', '-F', '-I', '-L', '-N', '-P', '-R', '-S', '-X', '-Z'];

/** What may come next behind `iptables`. */
export function completeIptables(args: readonly string[], netns: Netns): readonly string[] {
  const previous = args.at(-1) ?? '';
  const at = args.indexOf('-t');
  const table = (at >= 0 ? args[at + 1] : undefined) ?? 'filter';
  const chains = chainsOf(netns, table);
  const command = args.find((word) => COMMANDS.includes(word));
  if (previous === '-t') return Object.keys(BUILT_IN);
  if (COMMANDS.includes(previous)) return previous === '-N' ? [] : chains;
  if (previous === '-j') return [...TARGETS.keys(), ...chains.filter((name) => !BUILT_IN[table]?.includes(name))];
  if (previous === '-g') return chains.filter((name) => !BUILT_IN[table]?.includes(name));
  if (previous === '-m') return [...MATCHES.keys()];
  if (previous === '-p') return ['tcp', 'udp', 'icmp', 'sctp', 'all'];
  if (previous === '-i' || previous === '-o') return netns.links.map((link) => link.name);
  if (previous === '-s' || previous === '-d') return netns.addresses.map(({ address }) => address);
  if (command === undefined) return [...COMMANDS, '-t'];
  if (command === '-P') return ['ACCEPT', 'DROP'];
  if (command === '-L') return ['-n', '-v', '--line-numbers'];
  if (!['-A', '-C', '-D', '-I', '-R'].includes(command)) return [];
  return ['-s', '-d', '-i', '-o', '-p', '-m', '-j', '-g', '!', ...extensionOptions(args)];
}

/** Options of the matches and the target that the line has named, and of the protocol's own match. */
function extensionOptions(args: readonly string[]): readonly string[] {
  const named = args.filter((_, i) => ['-m', '-p', '-j'].includes(args[i - 1] ?? ''));
  return named.flatMap((name) => {
    const extension = MATCHES.get(name) ?? TARGETS.get(name);
    return Object.keys(extension?.options ?? {}).map((option) => `--${option}`);
  });
}

function chainsOf(netns: Netns, name: string): readonly string[] {
  const table = netns.netfilter.find((each) => each.family === 'ipv4' && each.name === name);
  return table ? table.chains.map((chain) => chain.name) : (BUILT_IN[name] ?? []);
}
