import type { LinkEdit, PortFlags } from '../../datamodel/network/edit.ts';
import { type MacAddress, parseMacAddress } from '../../wire/address.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { duplicate, garbage, matches, readInteger, type Words, wrong } from '../words.ts';
import { showLinks } from './linkFilter.ts';
import { usage } from './names.ts';

const USAGE = `ip link set [ dev ] IFNAME [ up | down ] [ mtu MTU ] [ address LLADDR ] [ master BRIDGE | nomaster ]
                   [ type bridge_slave [ hairpin { on | off } ] [ learning { on | off } ] [ flood { on | off } ] ]
       ip link delete [ dev ] IFNAME
       ip link [ show [ [ dev ] IFNAME ] [ up ] [ master DEVICE ] [ type TYPE ] ]`;

/** `ip link …` (iproute2 6.1: ip/iplink.c, do_iplink). */
export function parseLink(words: Words, brief: boolean): ParsedCommand {
  const command = words.peek();
  if (command === undefined) return showLinks(words, brief);
  words.next();
  if (matches(command, 'add')) return add(words);
  if (matches(command, 'set') || matches(command, 'change')) return set(words);
  if (matches(command, 'replace')) throw notSimulated('"ip link replace"');
  if (matches(command, 'delete')) return remove(words);
  if (matches(command, 'show') || matches(command, 'lst') || matches(command, 'list')) return showLinks(words, brief);
  if (matches(command, 'help')) throw usage(USAGE);
  throw new Complaint(`Command "${command}" is unknown, try "ip link help".`, 255);
}

function add(words: Words): ParsedCommand {
  if (!words.rest().some((word) => matches(word, 'type')))
    throw new Complaint('Not enough information: "type" argument is required', 1);
  throw notSimulated('making devices');
}

function remove(words: Words): ParsedCommand {
  let dev: string | undefined;
  while (words.more) {
    const word = words.next();
    if (matches(word, 'type')) words.next();
    else {
      if (dev !== undefined) throw garbage('dev', word);
      dev = word === 'dev' ? words.next() : word;
    }
  }
  if (dev === undefined) throw new Complaint('Not enough information: "dev" argument is required.', 255);
  return { type: 'edit', program: 'ip', edits: [{ type: 'linkDelete', dev }] };
}

type Draft = { -readonly [K in keyof Omit<LinkEdit, 'type' | 'dev'>]: LinkEdit[K] } & { dev?: string };

/** Switches that the simulated devices do not have. */
const ON_OFF = ['multicast', 'allmulticast', 'promisc', 'trailers', 'arp', 'dynamic', 'protodown', 'carrier'];
const WITH_VALUE = ['txqueuelen', 'qlen', 'txqlen', 'alias', 'group', 'mode', 'state', 'netns', 'vrf', 'link', 'index'];

function set(words: Words): ParsedCommand {
  const draft: Draft = {};
  while (words.more) {
    const word = words.next();
    if (word === 'up') draft.up = true;
    else if (word === 'down') draft.up = false;
    else if (word === 'mtu') setMtu(draft, words.next());
    else if (word === 'name') draft.name = words.next();
    else if (matches(word, 'address')) draft.mac = linkAddress(words.next());
    else if (matches(word, 'broadcast') || word === 'brd') throw notSimulated('setting a broadcast MAC');
    else if (ON_OFF.includes(word)) throw switchNotSimulated(word, words.next());
    else if (matches(word, 'master')) draft.master = words.next();
    else if (matches(word, 'nomaster')) draft.master = null;
    else if (matches(word, 'type')) {
      if (words.next() !== 'bridge_slave') throw notSimulated('setting options of a device’s type');
      draft.port = portFlags(words);
    } else if (WITH_VALUE.includes(word)) throw notSimulated(`setting "${word}"`);
    else {
      if (matches(word, 'help')) throw usage(USAGE);
      const dev = word === 'dev' ? words.next() : word;
      if (draft.dev !== undefined) throw garbage('dev', dev);
      draft.dev = dev;
    }
  }
  const { dev, ...changes } = draft;
  if (dev === undefined) throw new Complaint('Not enough information: "dev" argument is required.', 255);
  return { type: 'edit', program: 'ip', edits: [{ type: 'linkSet', dev, ...changes }] };
}

function setMtu(draft: Draft, text: string): void {
  if (draft.mtu !== undefined) throw duplicate('mtu', text);
  const mtu = readInteger(text);
  if (mtu === undefined) throw wrong('Invalid "mtu" value\n', text);
  draft.mtu = mtu;
}

function switchNotSimulated(name: string, value: string): Complaint {
  if (value === 'on' || value === 'off') return notSimulated(`setting "${name}"`);
  return new Complaint(`Error: argument of "${name}" must be "on" or "off", not "${value}"`, 1);
}

/** ll_addr_a2n: as many bytes as are written. */
export function linkAddress(text: string, wantedLength = true): MacAddress {
  const bytes = text.split(':');
  const bad = bytes.find((byte) => !/^[0-9a-f]{1,2}$/i.test(byte));
  if (bad !== undefined) throw new Complaint(`"${bad}" is invalid lladdr.`, 1);
  const mac = parseMacAddress(bytes.map((byte) => byte.padStart(2, '0')).join(':'));
  if (mac !== undefined) return mac;
  if (!wantedLength) throw new Complaint('Error: Invalid link address.', 2);
  throw new Complaint(`Invalid address length ${bytes.length} - must be 6 bytes`, 1);
}

const PORT_OPTIONS = ['hairpin', 'learning', 'flood'] as const;
const OTHER_PORT_OPTIONS = [
  'state',
  'priority',
  'cost',
  'guard',
  'fastleave',
  'root_block',
  'proxy_arp',
  'proxy_arp_wifi',
  'mcast_router',
  'mcast_fast_leave',
  'mcast_flood',
  'bcast_flood',
  'mcast_to_unicast',
  'group_fwd_mask',
  'neigh_suppress',
  'vlan_tunnel',
  'isolated',
  'locked',
  'backup_port',
  'nobackup_port',
  'fdb_flush',
];

/** What follows `type bridge_slave` (ip/iplink_bridge_slave.c). */
function portFlags(words: Words): PortFlags {
  const flags: { -readonly [K in keyof PortFlags]: PortFlags[K] } = {};
  while (words.more) {
    const word = words.next();
    const option = PORT_OPTIONS.find((each) => matches(word, each));
    if (option !== undefined) flags[option] = onOff(option, words.next(), 1);
    else if (OTHER_PORT_OPTIONS.some((each) => matches(word, each))) throw notSimulated(`a bridge port’s "${word}"`);
    else
      throw new Complaint(
        `bridge_slave: unknown option "${word}"?\nUsage: ... bridge_slave [ hairpin {on | off} ] [ learning {on | off} ] [ flood {on | off} ]`,
        1,
      );
  }
  return flags;
}

/** parse_on_off */
export function onOff(option: string, text: string, exitCode: number): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new Complaint(`Error: argument of "${option}" must be one of "off", "on", not "${text}"`, exitCode);
}
