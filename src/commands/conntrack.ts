import type { ConntrackFilter } from '../datamodel/network/edit.ts';
import type { TcpConntrackState } from '../datamodel/network/runtime.ts';
import { type IpAddress, type IpPrefix, parseIpAddress } from '../wire/address.ts';
import { Complaint, notSimulated } from './complaint.ts';
import type { ParsedCommand } from './parsedCommand.ts';
import { readUnsigned } from './words.ts';

const TRY = "Try `conntrack -h' or 'conntrack --help' for more information.";

function problem(text: string): Complaint {
  return new Complaint(`conntrack v1.4.7 (conntrack-tools): ${text}\n${TRY}`, 2);
}

const USAGE = `Usage: conntrack { -L | -D } [conntrack] [options]
       conntrack { -F | -C } [conntrack]
Options: -s, --orig-src ip   -d, --orig-dst ip   -r, --reply-src ip   -q, --reply-dst ip
         -p, --protonum proto [ --sport port ] [ --dport port ] [ --state state ]
         -n, --src-nat [ip]   -g, --dst-nat [ip]   -j, --any-nat [ip]   -m, --mark mark   -u, --status status`;

/** Options by every name; those of a protocol are known once it has been named. */
const OPTIONS = new Map<string, string>([
  ['-L', 'L'],
  ['--dump', 'L'],
  ['-D', 'D'],
  ['--delete', 'D'],
  ['-F', 'F'],
  ['--flush', 'F'],
  ['-C', 'C'],
  ['--count', 'C'],
  ['-h', 'h'],
  ['--help', 'h'],
  ['-V', 'V'],
  ['--version', 'V'],
  ['-s', 's'],
  ['--src', 's'],
  ['--orig-src', 's'],
  ['-d', 'd'],
  ['--dst', 'd'],
  ['--orig-dst', 'd'],
  ['-r', 'r'],
  ['--reply-src', 'r'],
  ['-q', 'q'],
  ['--reply-dst', 'q'],
  ['-p', 'p'],
  ['--proto', 'p'],
  ['--protonum', 'p'],
  ['-f', 'f'],
  ['--family', 'f'],
  ['-n', 'n'],
  ['--src-nat', 'n'],
  ['-g', 'g'],
  ['--dst-nat', 'g'],
  ['-j', 'j'],
  ['--any-nat', 'j'],
  ['-m', 'm'],
  ['--mark', 'm'],
  ['-u', 'u'],
  ['--status', 'u'],
  ['-o', 'o'],
  ['--output', 'o'],
]);
const PORT_OPTIONS = new Map<string, 'sourcePort' | 'destinationPort' | 'replySourcePort' | 'replyDestinationPort'>([
  ['--sport', 'sourcePort'],
  ['--orig-port-src', 'sourcePort'],
  ['--dport', 'destinationPort'],
  ['--orig-port-dst', 'destinationPort'],
  ['--reply-port-src', 'replySourcePort'],
  ['--reply-port-dst', 'replyDestinationPort'],
]);
const COMMANDS = 'LDFC';
const UNSIMULATED = ['-G', '-I', '-U', '-A', '-E', '-S', '-R', '-z', '-c', '-e', '-l', '-w', '-t', '-b'];
const PROTOCOLS = new Map<string, number>([
  ['icmp', 1],
  ['tcp', 6],
  ['udp', 17],
  ['sctp', 132],
]);
const STATES: readonly TcpConntrackState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
];

type Filter = { -readonly [K in keyof ConntrackFilter]: ConntrackFilter[K] };

interface Draft {
  command?: string;
  /** Options that were given, by their one name. */
  readonly given: Set<string>;
  readonly filter: Filter;
  extended: boolean;
}

/** `conntrack …` (conntrack-tools 1.4.7: src/conntrack.c). */
export function parseConntrack(args: readonly string[]): ParsedCommand {
  const draft: Draft = { given: new Set(), filter: {}, extended: false };
  if (args.length === 0) return { type: 'text', text: USAGE };
  for (let i = 0; i < args.length; i++) {
    const written = args[i] ?? '';
    const { option, attached } = split(written, draft.filter.protocol);
    const value = (): string => {
      const next = attached ?? args[++i];
      if (next === undefined) throw problem(`option \`${written}' requires an argument`);
      return next;
    };
    const optional = (): string | undefined => {
      if (attached !== undefined) return attached;
      const next = args[i + 1];
      if (next === undefined || next.startsWith('-')) return undefined;
      i++;
      return next;
    };
    if (option === 'V') return { type: 'text', text: 'conntrack v1.4.7 (conntrack-tools)' };
    if (option === 'h') {
      checkTable(optional());
      return { type: 'text', text: USAGE };
    }
    if (COMMANDS.includes(option)) setCommand(draft, option, optional());
    else {
      draft.given.add(option);
      setOption(draft, option, value, optional);
    }
  }
  return finish(draft);
}

/** Cuts `-ptcp` and `--proto=tcp` apart and finds the option's one name. */
function split(written: string, protocol: number | undefined): { readonly option: string; readonly attached?: string } {
  const equals = written.startsWith('--') ? written.indexOf('=') : -1;
  const name = equals > 0 ? written.slice(0, equals) : written.startsWith('--') ? written : written.slice(0, 2);
  const rest = equals > 0 ? written.slice(equals + 1) : written.slice(name.length);
  const attached = equals > 0 || rest !== '' ? { attached: rest } : {};
  const known = OPTIONS.get(name);
  if (known !== undefined) return { option: known, ...attached };
  const ports = protocol === 6 || protocol === 17 || protocol === 132;
  if (ports && PORT_OPTIONS.has(name)) return { option: name, ...attached };
  if (protocol === 6 && name === '--state') return { option: name, ...attached };
  if (UNSIMULATED.includes(name)) throw notSimulated(`"conntrack ${name}"`);
  throw problem(written.startsWith('-') ? `unknown option \`${written}'` : `unknown type \`${written}'`);
}

function setCommand(draft: Draft, command: string, table: string | undefined): void {
  if (draft.command !== undefined) throw problem('Invalid commands combination');
  checkTable(table);
  draft.command = command;
}

function checkTable(table: string | undefined): void {
  if (table === undefined || table === 'conntrack') return;
  if (['expect', 'dying', 'unconfirmed'].includes(table)) throw notSimulated(`the table ${table}`);
  throw problem(`unknown type \`${table}'`);
}

function setOption(draft: Draft, option: string, value: () => string, optional: () => string | undefined): void {
  const { filter } = draft;
  switch (option) {
    case 's':
      filter.source = readIp(value());
      return;
    case 'd':
      filter.destination = readIp(value());
      return;
    case 'r':
      filter.replySource = readIp(value());
      return;
    case 'q':
      filter.replyDestination = readIp(value());
      return;
    case 'p':
      filter.protocol = readProtocol(value());
      return;
    case 'f':
      readFamily(value());
      return;
    case 'n':
      filter.sourceNat = natAddress(optional());
      return;
    case 'g':
      filter.destinationNat = natAddress(optional());
      return;
    case 'j':
      filter.anyNat = natAddress(optional());
      return;
    case 'm':
      filter.mark = readMark(value());
      return;
    case 'u':
      readStatus(filter, value());
      return;
    case 'o':
      readOutput(draft, value());
      return;
    case '--state':
      filter.state = readState(value());
      return;
    default: {
      const key = PORT_OPTIONS.get(option);
      if (key !== undefined) filter[key] = readPort(value());
    }
  }
}

/** In the order in which conntrack looks through them, with the name it calls each by. */
const CHECKED = new Map<string, string>([
  ['s', 'src'],
  ['d', 'dst'],
  ['r', 'reply-src'],
  ['q', 'reply-dst'],
  ['p', 'protonum'],
  ['u', 'status'],
  ['m', 'mark'],
  ['f', 'family'],
  ['n', 'src-nat'],
  ['g', 'dst-nat'],
  ['o', 'output'],
  ['j', 'any-nat'],
]);

function finish({ command, given, filter, extended }: Draft): ParsedCommand {
  if (command !== 'L' && command !== 'D') {
    const illegal = [...CHECKED].find(([option]) => given.has(option));
    if (illegal) throw problem(`Illegal option \`--${illegal[1]}' with this command`);
  }
  if (command === 'F') {
    const said = 'conntrack v1.4.7 (conntrack-tools): connection tracking table has been emptied.';
    return { type: 'edit', program: 'conntrack', edits: [{ type: 'conntrackDelete', filter: {} }], warning: said };
  }
  if (command === 'D') return { type: 'edit', program: 'conntrack', edits: [{ type: 'conntrackDelete', filter }] };
  if (command === 'C') return { type: 'query', program: 'conntrack', query: { type: 'conntrackCount' } };
  if (command === 'L') return { type: 'query', program: 'conntrack', query: { type: 'conntrack', filter, extended } };
  return { type: 'text', text: USAGE };
}

function readIp(text: string): IpPrefix {
  const [host = '', length] = text.split('/');
  const address = parseIpAddress(host);
  if (address === undefined) throw problem(`Invalid IP address \`${text}'`);
  if (address.includes(':')) throw notSimulated('IPv6');
  const bits = length === undefined ? 32 : length === '' ? 0 : readUnsigned(length);
  if (bits === undefined || bits > 32) throw problem('Invalid netmask');
  return { address, length: bits };
}

function natAddress(text: string | undefined): IpAddress | true {
  return text === undefined ? true : readIp(text).address;
}

function readProtocol(text: string): number {
  const protocol = PROTOCOLS.get(text.toLowerCase()) ?? readUnsigned(text);
  if (protocol === undefined || protocol > 255) throw problem(`\`${text}' unsupported protocol`);
  return protocol;
}

function readFamily(text: string): void {
  if (text === 'ipv6') throw notSimulated('IPv6');
  if (text !== 'ipv4') throw problem(`\`${text}' unsupported protocol`);
}

function readMark(text: string): { value: number; mask: number } {
  const [value = '', mask] = text.split('/');
  return { value: leadingNumber(value), mask: mask === undefined ? 0xffffffff : leadingNumber(mask) };
}

/** strtoul: what is no number is 0. */
function leadingNumber(text: string): number {
  return readUnsigned(/^(0x[0-9a-f]+|\d+)?/i.exec(text)?.[0] ?? '') ?? 0;
}

function readStatus(filter: Filter, text: string): void {
  for (const word of text.split(',')) {
    if (word === 'ASSURED') filter.assured = true;
    else if (word === 'SEEN_REPLY') filter.seenReply = true;
    else if (word === 'UNSET') {
      filter.assured = false;
      filter.seenReply = false;
    } else if (['FIXED_TIMEOUT', 'EXPECTED', 'OFFLOAD', 'HW_OFFLOAD', 'SRC_NAT', 'DST_NAT'].includes(word))
      throw notSimulated(`the status ${word}`);
    else throw problem(`Bad parameter \`${word}'`);
  }
}

function readState(text: string): TcpConntrackState {
  const state = STATES.find((each) => each === text.toUpperCase());
  if (state === undefined) throw problem(`unknown TCP state \`${text}'`);
  return state;
}

function readOutput(draft: Draft, text: string): void {
  for (const word of text.split(',')) {
    if (word === 'extended') draft.extended = true;
    else if (['xml', 'timestamp', 'id', 'ktimestamp', 'labels', 'save', 'userspace'].includes(word))
      throw notSimulated(`"conntrack -o ${word}"`);
    else throw problem(`Bad parameter \`${word}'`);
  }
}

/** atoi: what is no number is port 0. */
function readPort(text: string): number {
  return (Number.parseInt(text, 10) || 0) & 0xffff;
}
