import type { Netns } from '../datamodel/network/netns.ts';
import { MAIN_TABLE } from '../datamodel/network/tables.ts';
import { formatPrefix } from '../wire/address.ts';
import { matches } from './words.ts';

/** What may follow a keyword, wherever it stands. */
function afterKeyword(previous: string | undefined, netns: Netns): readonly string[] | undefined {
  switch (previous) {
    case 'dev':
    case 'oif':
    case 'iif':
    case 'brport':
      return devices(netns);
    case 'master':
    case 'br':
      return netns.links.filter((link) => link.kind === 'bridge').map((link) => link.name);
    case 'via':
      return netns.routes.flatMap((route) => route.via ?? []);
    case 'src':
      return netns.addresses.map((entry) => entry.address);
    case 'nud':
      return ['permanent', 'reachable', 'stale', 'delay', 'probe', 'incomplete', 'failed', 'noarp'];
    case 'table':
      return ['main', 'local', 'all'];
    case 'scope':
      return ['global', 'link', 'host'];
    case 'proto':
      return ['kernel', 'boot', 'static', 'bird', 'dhcp'];
    case 'type':
      return ['bridge_slave', 'bridge', 'veth', 'vxlan'];
    case 'hairpin':
    case 'learning':
    case 'flood':
      return ['on', 'off'];
    case 'lladdr':
      return netns.neighbors.flatMap((entry) => entry.mac ?? []);
    case 'mtu':
    case 'metric':
    case 'address':
    case 'brd':
    case 'broadcast':
    case 'dst':
      return [];
    default:
      return undefined;
  }
}

const OBJECTS = ['address', 'link', 'neigh', 'route'];
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  address: ['add', 'change', 'replace', 'del', 'flush', 'show'],
  link: ['set', 'delete', 'show'],
  neigh: ['add', 'change', 'replace', 'del', 'flush', 'show'],
  route: ['add', 'append', 'change', 'prepend', 'replace', 'del', 'flush', 'show', 'get'],
};
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'address add': ['dev', 'brd', 'scope'],
  'address del': ['dev'],
  'address show': ['dev', 'up', 'master', 'to', 'scope'],
  'address flush': ['dev', 'to', 'scope'],
  'link set': ['dev', 'up', 'down', 'mtu', 'address', 'master', 'nomaster', 'type'],
  'link delete': ['dev'],
  'link show': ['dev', 'up', 'master', 'type'],
  'neigh add': ['dev', 'lladdr', 'nud'],
  'neigh del': ['dev'],
  'neigh show': ['dev', 'nud', 'to'],
  'neigh flush': ['dev', 'nud', 'to', 'all'],
  'route add': [
    'default',
    'via',
    'dev',
    'src',
    'metric',
    'mtu',
    'onlink',
    'table',
    'scope',
    'proto',
    'blackhole',
    'unreachable',
    'prohibit',
  ],
  'route del': ['default', 'via', 'dev', 'metric', 'table'],
  'route show': ['dev', 'via', 'table', 'proto', 'scope', 'root', 'match', 'exact'],
  'route flush': ['dev', 'via', 'table', 'proto', 'scope', 'root', 'cache'],
  'route get': ['from', 'iif', 'oif', 'mark', 'fibmatch'],
};
/** Commands that take the same words as another. */
const ALIKE: Readonly<Record<string, string>> = {
  change: 'add',
  replace: 'add',
  append: 'add',
  prepend: 'add',
  delete: 'del',
  list: 'show',
};

/** What may come next behind `ip`. */
export function completeIp(args: readonly string[], netns: Netns): readonly string[] {
  const [objectWord, commandWord, ...rest] = args.filter((word) => !word.startsWith('-'));
  if (objectWord === undefined) return [...OBJECTS, '-4', '-br'];
  const object = OBJECTS.find((each) => matches(objectWord, each) || objectWord === 'neighbor') ?? '';
  const commands = COMMANDS[object] ?? [];
  if (commandWord === undefined) return commands;
  const command = commands.find((each) => matches(commandWord, each)) ?? commandWord;
  const keyword = afterKeyword(rest.at(-1), netns);
  if (keyword !== undefined) return keyword;
  const key = `${object} ${command}`;
  const words = WORDS[key] ?? WORDS[`${object} ${ALIKE[command] ?? command}`] ?? [];
  const unused = words.filter((word) => !rest.includes(word));
  if (rest.includes('bridge_slave')) return ['hairpin', 'learning', 'flood'];
  return [...unused, ...(rest.length === 0 ? first(object, ALIKE[command] ?? command, netns) : [])];
}

/** What a command is about: an entry that is there, or a device. */
function first(object: string, command: string, netns: Netns): readonly string[] {
  if (object === 'link') return devices(netns);
  if (object === 'address')
    return command === 'del' ? netns.addresses.map((entry) => `${entry.address}/${entry.prefixLength}`) : [];
  if (object === 'neigh') return command === 'add' ? [] : netns.neighbors.map((entry) => entry.address);
  if (command !== 'del') return [];
  return netns.routes
    .filter((route) => route.table === MAIN_TABLE && route.destination.length > 0)
    .map((route) => formatPrefix(route.destination));
}

/** What may come next behind `bridge`. */
export function completeBridge(args: readonly string[], netns: Netns): readonly string[] {
  const [object, command, ...rest] = args.filter((word) => !word.startsWith('-'));
  if (object === undefined) return ['fdb', 'link', '-d'];
  if (command === undefined)
    return object === 'fdb' ? ['add', 'append', 'replace', 'del', 'show', 'flush'] : ['set', 'show'];
  const keyword = afterKeyword(rest.at(-1), netns);
  if (keyword !== undefined) return keyword;
  if (object === 'link') return command === 'set' ? ['dev', 'hairpin', 'learning', 'flood'] : ['dev'];
  if (command === 'show') return ['dev', 'br', 'brport'];
  if (command === 'flush') return ['dev'];
  const macs = rest.length === 0 && command !== 'add' ? netns.fdb.map((entry) => entry.mac) : [];
  return ['dev', 'dst', 'master', 'self', 'permanent', 'static', 'dynamic', ...macs];
}

function devices(netns: Netns): readonly string[] {
  return netns.links.map((link) => link.name);
}
