import type { PortFlags } from '../../datamodel/network/edit.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import { onOff } from '../ip/link.ts';
import { usage } from '../ip/names.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { matches, type Words } from '../words.ts';

const USAGE = `bridge link set dev DEV [ hairpin {on | off} ] [ learning {on | off} ] [ flood {on | off} ]
       bridge link [ show [ dev DEV ] ]`;
const FLAGS = ['hairpin', 'learning', 'flood'] as const;
const OTHERS = [
  'guard',
  'fastleave',
  'root_block',
  'learning_sync',
  'mcast_router',
  'mcast_flood',
  'bcast_flood',
  'mcast_to_unicast',
  'cost',
  'priority',
  'state',
  'hwmode',
  'neigh_suppress',
  'vlan_tunnel',
  'isolated',
  'locked',
  'backup_port',
  'nobackup_port',
];

/** `bridge link …` (iproute2 6.1: bridge/link.c, do_link). */
export function parseBridgeLink(words: Words, details: boolean): ParsedCommand {
  const command = words.peek();
  if (command === undefined) return show(words, details);
  words.next();
  if (matches(command, 'set') || matches(command, 'change')) return set(words);
  if (matches(command, 'show') || matches(command, 'lst') || matches(command, 'list')) return show(words, details);
  if (matches(command, 'help')) throw usage(USAGE);
  throw new Complaint(`Command "${command}" is unknown, try "bridge link help".`, 255);
}

function set(words: Words): ParsedCommand {
  let dev: string | undefined;
  const port: { -readonly [K in keyof PortFlags]: PortFlags[K] } = {};
  while (words.more) {
    const word = words.next();
    const flag = FLAGS.find((each) => each === word);
    if (word === 'dev') dev = words.next();
    // -EINVAL, which a shell sees as 234.
    else if (flag !== undefined) port[flag] = onOff(flag, words.next(), 234);
    else if (word === 'self' || word === 'master') continue;
    else if (OTHERS.includes(word)) throw notSimulated(`a bridge port’s "${word}"`);
    else throw usage(USAGE);
  }
  if (dev === undefined) throw new Complaint('Device is a required argument.', 255);
  return { type: 'edit', program: 'bridge', edits: [{ type: 'linkSet', dev, port }] };
}

function show(words: Words, details: boolean): ParsedCommand {
  let dev: string | undefined;
  while (words.more) {
    const word = words.next();
    if (word === 'dev') dev = words.next();
    else throw usage(USAGE);
  }
  const query = { type: 'bridgeLinks', details, ...(dev !== undefined && { dev }) } as const;
  return { type: 'query', program: 'bridge', query };
}
