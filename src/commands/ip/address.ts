import type { AddressAddition, Edit } from '../../datamodel/network/edit.ts';
import { type IpAddress, type IpPrefix, ipv4FromNumber, ipv4Mask, ipv4ToNumber } from '../../wire/address.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import {
  duplicate,
  garbage,
  matches,
  readAddress,
  readPrefix,
  type WantedFamily,
  type Words,
  wrong,
} from '../words.ts';
import { showAddresses } from './linkFilter.ts';
import { readScope, usage } from './names.ts';

const USAGE = `ip address { add | change | replace } PREFIX dev IFNAME [ broadcast ADDR ] [ scope SCOPE-ID ]
       ip address del PREFIX dev IFNAME
       ip address flush { dev IFNAME | scope SCOPE-ID | to PREFIX }...
       ip address [ show [ [ dev ] IFNAME ] [ master DEVICE ] [ up ] [ scope SCOPE-ID ] [ to PREFIX ] ]
SCOPE-ID := [ host | link | global ]`;

/** `ip address …` (iproute2 6.1: ip/ipaddress.c, do_ipaddr). */
export function parseAddress(words: Words, family: WantedFamily, brief: boolean): ParsedCommand {
  const command = words.peek();
  if (command === undefined) return showAddresses(words, family, brief);
  if (matches(command, 'add')) return edit(modify(words, family, 'add'));
  if (matches(command, 'change') || command === 'chg' || matches(command, 'replace'))
    return edit(modify(words, family, 'replace'));
  if (matches(command, 'delete')) return remove(words, family);
  if (matches(command, 'show') || matches(command, 'lst') || matches(command, 'list')) {
    words.next();
    return showAddresses(words, family, brief);
  }
  if (matches(command, 'flush')) return edit(flush(words, family));
  if (matches(command, 'help')) throw usage(USAGE);
  throw new Complaint(`Command "${command}" is unknown, try "ip address help".`, 255);
}

function edit(made: Edit, warning?: string): ParsedCommand {
  return { type: 'edit', program: 'ip', edits: [made], ...(warning !== undefined && { warning }) };
}

interface AddressWords {
  local?: IpPrefix;
  /** As it was written. */
  text?: string;
  dev?: string;
  broadcast?: IpAddress | '+' | '-';
  scope?: AddressAddition['scope'];
}

function read(words: Words, family: WantedFamily): AddressWords {
  const read: AddressWords = {};
  words.next();
  while (words.more) {
    const word = words.next();
    if (matches(word, 'broadcast') || word === 'brd') {
      const value = words.next();
      if (read.broadcast !== undefined) throw duplicate('broadcast', value);
      read.broadcast = value === '+' || value === '-' ? value : readAddress(value, read.local ? 'inet' : family);
    } else if (word === 'scope') {
      const value = words.next();
      const scope = readScope(value);
      if (scope === undefined) throw wrong('invalid scope value.', value);
      read.scope = scope;
    } else if (word === 'dev') {
      read.dev = words.next();
    } else if (['peer', 'remote', 'anycast', 'label'].includes(word) || OPTIONS.some((each) => matches(word, each))) {
      throw notSimulated(`"${word}" of an address`);
    } else {
      const value = word === 'local' ? words.next() : word;
      if (matches(value, 'help')) throw usage(USAGE);
      if (read.local !== undefined) throw garbage('local', value);
      read.local = readPrefix(value, family);
      read.text = value;
    }
  }
  return read;
}

const OPTIONS = [
  'metric',
  'priority',
  'preference',
  'valid_lft',
  'preferred_lft',
  'noprefixroute',
  'nodad',
  'home',
  'autojoin',
  'mngtmpaddr',
];

function modify(words: Words, family: WantedFamily, mode: 'add' | 'replace'): AddressAddition {
  const { local, dev, broadcast, scope } = read(words, family);
  if (dev === undefined) throw new Complaint('Not enough information: "dev" argument is required.', 1);
  if (local === undefined) throw new Complaint('RTNETLINK answers: Operation not supported', 2);
  const { address, length } = local;
  const filled = broadcast === '+' || broadcast === '-' ? hostBits(local, broadcast === '+') : broadcast;
  return {
    type: 'addressAdd',
    dev,
    address,
    prefixLength: length,
    scope: scope ?? (ipv4ToNumber(address) >>> 24 === 127 ? 'host' : 'global'),
    ...(filled !== undefined && { broadcast: filled }),
    replace: mode === 'replace',
  };
}

/** `brd +` sets all host bits, `brd -` none; a prefix without room for them has no broadcast address. */
function hostBits({ address, length }: IpPrefix, set: boolean): IpAddress | undefined {
  if (length > 30) return undefined;
  const network = ipv4ToNumber(address) & ipv4Mask(length);
  return ipv4FromNumber((set ? network | ~ipv4Mask(length) : network) >>> 0);
}

function remove(words: Words, family: WantedFamily): ParsedCommand {
  const { local, text, dev } = read(words, family);
  if (dev === undefined) throw new Complaint('Not enough information: "dev" argument is required.', 1);
  if (local === undefined) throw new Complaint('RTNETLINK answers: Operation not supported', 2);
  const { address, length } = local;
  if (text?.includes('/')) return edit({ type: 'addressDelete', dev, address, prefixLength: length });
  const warning = `Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (${text}/32) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!`;
  return edit({ type: 'addressDelete', dev, address }, warning);
}

function flush(words: Words, family: WantedFamily): Edit {
  words.next();
  if (!words.more) throw new Complaint('Flush requires arguments.', 1);
  let dev: string | undefined;
  let to: IpPrefix | undefined;
  let scope: AddressAddition['scope'] | undefined;
  while (words.more) {
    const word = words.next();
    if (word === 'to') to = readPrefix(words.next(), family);
    else if (word === 'scope') {
      const value = words.next();
      scope = value === 'all' ? undefined : readScope(value);
      if (scope === undefined && value !== 'all') throw wrong('invalid "scope"\n', value);
    } else if (['up', 'label', 'permanent', 'dynamic', 'secondary', 'primary'].includes(word)) {
      throw notSimulated(`"ip address flush ${word}"`);
    } else dev = word === 'dev' ? words.next() : word;
  }
  return {
    type: 'addressFlush',
    ...(dev !== undefined && { dev }),
    ...(to && { to }),
    ...(scope && { scope }),
  };
}
