import type { Netns } from '../datamodel/network/netns.ts';
import { sysctlNames } from '../datamodel/network/sysctlCatalogue.ts';
import { completeCalicoNode } from './calicoNode.ts';
import { completeCilium } from './cilium.ts';
import { completeBridge, completeIp } from './completeIproute.ts';
import { completeIptables } from './iptables/complete.ts';
import { PROGRAMS } from './parseCommand.ts';

/** More would help nobody choose. */
const MOST = 200;

/**
 * What the last word of an unfinished line could become, in full, sorted; a line that ends in a space has begun a new word.
 *
 * @param netns where the line is typed: its devices, chains and entries are offered.
 */
export function complete(line: string, netns: Netns): readonly string[] {
  const words = line.trimStart().split(/[ \t]+/);
  const typed = words.pop() ?? '';
  const before = words[0] === 'sudo' ? words.slice(1) : words;
  const candidates = [...new Set(candidatesFor(before, netns))];
  return candidates
    .filter((word) => word.startsWith(typed) && word !== typed)
    .sort()
    .slice(0, MOST);
}

function candidatesFor([program, ...args]: readonly string[], netns: Netns): readonly string[] {
  switch (program) {
    case undefined:
      return [...PROGRAMS.keys()].filter((name) => !name.includes('-nft'));
    case 'ip':
      return completeIp(args, netns);
    case 'bridge':
      return completeBridge(args, netns);
    case 'sysctl':
      return ['-w', '-n', '-a', ...sysctlNames(netns.links.map((link) => link.name))];
    case 'iptables':
      return completeIptables(args, netns);
    case 'iptables-save':
      return args.at(-1) === '-t' ? ['filter', 'mangle', 'nat', 'raw'] : ['-t'];
    case 'conntrack':
      return completeConntrack(args);
    case 'cilium':
    case 'cilium-dbg':
      return completeCilium(args);
    case 'calico-node':
      return completeCalicoNode(args);
    default:
      return [];
  }
}

function completeConntrack(args: readonly string[]): readonly string[] {
  const previous = args.at(-1);
  if (previous === '-p' || previous === '--proto') return ['tcp', 'udp', 'icmp'];
  if (previous === '--state') return ['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT', 'TIME_WAIT', 'CLOSE'];
  if (previous === '-u' || previous === '--status') return ['ASSURED', 'SEEN_REPLY'];
  if (args.length === 0) return ['-L', '-D', '-F', '-C'];
  const ports = args.includes('tcp') || args.includes('udp') ? ['--sport', '--dport'] : [];
  return [
    '-p',
    '-s',
    '-d',
    '-r',
    '-q',
    '-n',
    '-g',
    '-m',
    '-o',
    '-u',
    ...ports,
    ...(args.includes('tcp') ? ['--state'] : []),
  ];
}
