import type { FdbWrite } from '../../datamodel/network/edit.ts';
import { type IpAddress, type MacAddress, parseMacAddress } from '../../wire/address.ts';
import { Complaint, notSimulated } from '../complaint.ts';
import { usage } from '../ip/names.ts';
import type { ParsedCommand } from '../parsedCommand.ts';
import { garbage, matches, readAddress, type Words } from '../words.ts';

const USAGE = `bridge fdb { add | append | replace | del } LLADDR dev DEV [ dst IPADDR ] [ self | master ]
                   [ permanent | static | dynamic ]
       bridge fdb [ show [ br BRDEV ] [ brport DEV ] [ dev DEV ] ]
       bridge fdb flush dev DEV`;

/** `bridge fdb …` (iproute2 6.1: bridge/fdb.c, do_fdb). */
export function parseFdb(words: Words): ParsedCommand {
  const command = words.peek();
  if (command === undefined) return show(words);
  words.next();
  if (matches(command, 'add')) return write(words, 'add');
  if (matches(command, 'append')) return write(words, 'append');
  if (matches(command, 'replace')) return write(words, 'replace');
  if (matches(command, 'delete')) return remove(words);
  if (matches(command, 'get')) throw notSimulated('"bridge fdb get"');
  if (matches(command, 'show') || matches(command, 'lst') || matches(command, 'list')) return show(words);
  if (matches(command, 'flush')) return flush(words);
  if (matches(command, 'help')) throw usage(USAGE);
  throw new Complaint(`Command "${command}" is unknown, try "bridge fdb help".`, 255);
}

interface FdbWords {
  readonly dev: string;
  readonly mac: MacAddress;
  readonly of: FdbWrite['of'];
  readonly state: FdbWrite['state'];
  readonly dst?: IpAddress;
}

/** fdb_modify */
function read(words: Words): FdbWords {
  let dev: string | undefined;
  let address: string | undefined;
  let dst: IpAddress | undefined;
  let of: FdbWrite['of'] = 'self';
  let state: FdbWrite['state'] = 'permanent';
  while (words.more) {
    const word = words.next();
    if (word === 'dev') dev = words.next();
    else if (word === 'dst') {
      const text = words.next();
      if (dst !== undefined) throw garbage('dst', text);
      dst = readAddress(text, 'any');
    } else if (['nhid', 'port', 'vni', 'src_vni', 'via'].includes(word)) throw notSimulated(`"${word}" of an entry`);
    else if (word === 'self') of = 'self';
    else if (matches(word, 'master')) of = 'master';
    else if (matches(word, 'router')) throw notSimulated(`"${word}" of an entry`);
    else if (matches(word, 'local') || matches(word, 'permanent')) state = 'permanent';
    else if (matches(word, 'temp') || matches(word, 'static')) state = 'static';
    else if (matches(word, 'dynamic')) state = 'reachable';
    else if (['vlan', 'use', 'extern_learn', 'sticky'].some((each) => matches(word, each)))
      throw notSimulated(`"${word}" of an entry`);
    else {
      const text = word === 'to' ? words.next() : word;
      if (matches(text, 'help')) throw usage(USAGE);
      if (address !== undefined) throw garbage('to', text);
      address = text;
    }
  }
  if (dev === undefined || address === undefined)
    throw new Complaint('Device and address are required arguments.', 255);
  const mac = parseMacAddress(
    address
      .split(':')
      .map((byte) => byte.padStart(2, '0'))
      .join(':'),
  );
  if (mac === undefined) throw new Complaint(`Invalid mac address ${address}`, 255);
  return { dev, mac, of, state, ...(dst !== undefined && { dst }) };
}

function write(words: Words, mode: FdbWrite['mode']): ParsedCommand {
  return { type: 'edit', program: 'bridge', edits: [{ type: 'fdbWrite', mode, ...read(words) }] };
}

function remove(words: Words): ParsedCommand {
  const { state: _, ...entry } = read(words);
  return { type: 'edit', program: 'bridge', edits: [{ type: 'fdbDelete', ...entry }] };
}

function show(words: Words): ParsedCommand {
  let dev: string | undefined;
  let bridge: string | undefined;
  while (words.more) {
    const word = words.next();
    if (word === 'brport' || word === 'dev') dev = words.next();
    else if (word === 'br') bridge = words.next();
    else if (['vlan', 'state', 'dynamic'].includes(word)) throw notSimulated(`"bridge fdb show ${word}"`);
    else if (matches(word, 'help')) throw usage(USAGE);
  }
  const query = { type: 'fdb', ...(dev !== undefined && { dev }), ...(bridge !== undefined && { bridge }) } as const;
  return { type: 'query', program: 'bridge', query };
}

function flush(words: Words): ParsedCommand {
  let dev: string | undefined;
  while (words.more) {
    const word = words.next();
    if (word === 'dev') dev = words.next();
    else if (matches(word, 'help')) throw usage(USAGE);
    else throw notSimulated(`"bridge fdb flush ${word}"`);
  }
  if (dev === undefined) throw new Complaint('Device is a required argument.', 255);
  return { type: 'edit', program: 'bridge', edits: [{ type: 'fdbFlush', dev }] };
}
