import type { EntryRef } from '../datamodel/flow/step.ts';

const IP_OBJECTS: readonly (readonly [string, EntryRef['table']])[] = [
  ['address', 'address'],
  ['link', 'link'],
  ['neighbour', 'neighbor'],
  ['neighbor', 'neighbor'],
  ['route', 'route'],
];

/** The table that a command line is about, by its first words; undefined for what is no tool's line. */
export function tableOfCommand(line: string): EntryRef['table'] | undefined {
  const words = line.trim().split(/\s+/);
  const [program = '', ...args] = words[0] === 'sudo' ? words.slice(1) : words;
  const object = args.find((word) => !word.startsWith('-')) ?? '';
  switch (program.replace(/^\/(?:usr\/)?s?bin\//, '')) {
    case 'ip':
      return object === '' ? undefined : IP_OBJECTS.find(([name]) => name.startsWith(object))?.[1];
    case 'bridge':
      return object !== '' && 'link'.startsWith(object) ? 'link' : 'fdb';
    case 'iptables':
    case 'iptables-nft':
    case 'iptables-save':
    case 'iptables-nft-save':
      return 'rule';
    case 'conntrack':
      return 'conntrack';
    case 'sysctl':
      return 'sysctl';
    default:
      return undefined;
  }
}
