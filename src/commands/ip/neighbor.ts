import type { NeighborWrite } from '../../datamodel/network/edit.ts';
import type { NeighborState } from '../../datamodel/network/tables.ts';
import type { IpAddress, IpPrefix, MacAddress } from '../../wire/address.ts';
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
import { linkAddress } from './link.ts';
import { usage } from './names.ts';

const USAGE = `ip neigh { add | change | replace } ADDR lladdr LLADDR dev IFNAME [ nud STATE ]
       ip neigh del ADDR dev IFNAME
       ip neigh { show | flush } [ to PREFIX ] [ dev IFNAME ] [ nud STATE ]
STATE := { permanent | noarp | stale | reachable | incomplete | delay | probe | failed }`;

const STATES = new Map<string, NeighborState>([
  ['permanent', 'PERMANENT'],
  ['reachable', 'REACHABLE'],
  ['noarp', 'NOARP'],
  ['stale', 'STALE'],
  ['delay', 'DELAY'],
  ['probe', 'PROBE'],
  ['failed', 'FAILED'],
  ['incomplete', 'INCOMPLETE'],
]);

/** `ip neigh …` (iproute2 6.1: ip/ipneigh.c, do_ipneigh). */
export function parseNeighbor(words: Words, family: WantedFamily): ParsedCommand {
  const command = words.peek();
  if (command === undefined) return show(words, family);
  words.next();
  if (matches(command, 'add')) return write(words, family, 'add');
  if (matches(command, 'change') || command === 'chg') return write(words, family, 'change');
  if (matches(command, 'replace')) return write(words, family, 'replace');
  if (matches(command, 'delete')) return remove(words, family);
  if (matches(command, 'get')) throw notSimulated('"ip neigh get"');
  if (matches(command, 'show') || matches(command, 'lst') || matches(command, 'list')) return show(words, family);
  if (matches(command, 'flush')) return flush(words, family);
  if (matches(command, 'help')) throw usage(USAGE);
  throw new Complaint(`Command "${command}" is unknown, try "ip neigh help".`, 255);
}

interface NeighborWords {
  readonly dev: string;
  readonly address: IpAddress;
  readonly mac?: MacAddress;
  readonly state: NeighborState;
}

/** ipneigh_modify */
function read(words: Words, family: WantedFamily): NeighborWords {
  let dev: string | undefined;
  let address: IpAddress | undefined;
  let lladdr: string | undefined;
  let state: NeighborState = 'PERMANENT';
  while (words.more) {
    const word = words.next();
    if (matches(word, 'lladdr')) {
      const value = words.next();
      if (lladdr !== undefined) throw duplicate('lladdr', value);
      lladdr = value;
    } else if (word === 'nud') state = readState(words.next());
    else if (word === 'dev') dev = words.next();
    else if (
      ['router', 'use', 'managed'].includes(word) ||
      ['proxy', 'extern_learn', 'protocol'].some((each) => matches(word, each))
    )
      throw notSimulated(`"${word}" of a neighbour`);
    else {
      const text = word === 'to' ? words.next() : word;
      if (address !== undefined) throw garbage('to', text);
      address = readAddress(text, family);
    }
  }
  if (dev === undefined || address === undefined)
    throw new Complaint('Device and destination are required arguments.', 255);
  const mac = lladdr === undefined || lladdr === 'null' ? undefined : linkAddress(lladdr, false);
  return { dev, address, state, ...(mac !== undefined && { mac }) };
}

function readState(text: string): NeighborState {
  const state = STATES.get(text);
  if (state !== undefined) return state;
  if (text === 'none') throw notSimulated('the neighbour state "none"');
  throw wrong('nud state is bad', text);
}

function write(words: Words, family: WantedFamily, mode: NeighborWrite['mode']): ParsedCommand {
  return { type: 'edit', program: 'ip', edits: [{ type: 'neighborWrite', mode, ...read(words, family) }] };
}

function remove(words: Words, family: WantedFamily): ParsedCommand {
  const { dev, address } = read(words, family);
  return { type: 'edit', program: 'ip', edits: [{ type: 'neighborDelete', dev, address }] };
}

interface Selection {
  readonly dev?: string;
  readonly to?: IpPrefix;
  readonly states: readonly NeighborState[];
}

function show(words: Words, family: WantedFamily): ParsedCommand {
  const query = { type: 'neighbors', ...select(words, family, ['NOARP'], []) } as const;
  return { type: 'query', program: 'ip', query };
}

function flush(words: Words, family: WantedFamily): ParsedCommand {
  if (!words.more) throw new Complaint('Flush requires arguments.', 1);
  const selection = select(words, family, ['PERMANENT', 'NOARP'], ['NOARP']);
  return { type: 'edit', program: 'ip', edits: [{ type: 'neighborFlush', ...selection }] };
}

/**
 * do_show_or_flush
 *
 * @param spared states that are not meant unless they are named
 * @param never states that `nud all` does not mean either
 */
function select(
  words: Words,
  family: WantedFamily,
  spared: readonly NeighborState[],
  never: readonly NeighborState[],
): Selection {
  let dev: string | undefined;
  let to: IpPrefix | undefined;
  const states = new Set<NeighborState>();
  while (words.more) {
    const word = words.next();
    if (word === 'dev') {
      const value = words.next();
      if (dev !== undefined) throw duplicate('dev', value);
      dev = value;
    } else if (word === 'nud') {
      const text = words.next();
      const named = text === 'all' ? [...STATES.values()].filter((state) => !never.includes(state)) : [readState(text)];
      for (const state of named) states.add(state);
    } else if (['master', 'vrf', 'nomaster', 'unused', 'proxy'].includes(word) || matches(word, 'protocol'))
      throw notSimulated(`"ip neigh show ${word}"`);
    else {
      const text = word === 'to' ? words.next() : word;
      if (matches(text, 'help')) throw usage(USAGE);
      // `ip neigh flush all` is a prefix too: of everything.
      to = readPrefix(text, family);
    }
  }
  const named = states.size > 0 ? [...states] : [...STATES.values()].filter((state) => !spared.includes(state));
  return { states: named, ...(dev !== undefined && { dev }), ...(to && { to }) };
}
