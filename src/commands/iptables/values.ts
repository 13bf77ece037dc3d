import type { PortRange } from '../../datamodel/network/netfilter.ts';
import {
  type IpAddress,
  type IpPrefix,
  ipAddress,
  ipv4ToNumber,
  networkOf,
  parseIpAddress,
} from '../../wire/address.ts';
import { notSimulated } from '../complaint.ts';
import { readUnsigned } from '../words.ts';
import { optionProblem, parameterProblem } from './complaints.ts';

/** Numbers of the names in /etc/protocols that matter here. */
const PROTOCOLS = new Map<string, number>([
  ['icmp', 1],
  ['igmp', 2],
  ['ipencap', 4],
  ['tcp', 6],
  ['udp', 17],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['ospf', 89],
  ['sctp', 132],
]);
const NAMED = ['icmp', 'tcp', 'udp', 'sctp'] as const;

export type RuleProtocol = (typeof NAMED)[number] | number;

/** @returns undefined for `all`, which is said by saying nothing. */
export function readRuleProtocol(text: string): RuleProtocol | undefined {
  const lower = text.toLowerCase();
  const number = lower === 'all' ? 0 : (PROTOCOLS.get(lower) ?? readUnsigned(lower));
  if (number === undefined || number > 255) throw parameterProblem(`unknown protocol "${lower}" specified`);
  if (number === 0) return undefined;
  return NAMED.find((name) => PROTOCOLS.get(name) === number) ?? number;
}

/** Names of /etc/services that are common in clusters. */
const SERVICES = new Map<string, number>([
  ['ftp', 21],
  ['ssh', 22],
  ['telnet', 23],
  ['smtp', 25],
  ['domain', 53],
  ['bootps', 67],
  ['bootpc', 68],
  ['tftp', 69],
  ['http', 80],
  ['kerberos', 88],
  ['pop3', 110],
  ['sunrpc', 111],
  ['ntp', 123],
  ['imap2', 143],
  ['snmp', 161],
  ['bgp', 179],
  ['ldap', 389],
  ['https', 443],
  ['mysql', 3306],
  ['postgresql', 5432],
  ['redis', 6379],
  ['http-alt', 8080],
]);

/** xtables_parse_port */
function readPort(text: string): number {
  const port = readUnsigned(text) ?? SERVICES.get(text);
  if (port === undefined || port > 65535) throw parameterProblem(`invalid port/service \`${text}' specified`);
  return port;
}

/** `80`, `80:90`, `:90`, `90:` */
export function readPorts(text: string): PortRange {
  const colon = text.indexOf(':');
  if (colon < 0) {
    const port = readPort(text);
    return { from: port, to: port };
  }
  const from = colon === 0 ? 0 : readPort(text.slice(0, colon));
  const to = colon === text.length - 1 ? 65535 : readPort(text.slice(colon + 1));
  if (from > to) throw parameterProblem('invalid portrange (min > max)');
  return { from, to };
}

const MOST_PORTS = 15;

/** `80,443,1000:2000`; a range takes two places. */
export function readPortList(text: string): readonly PortRange[] {
  const ranges = text.split(',').map((part) => {
    const [from = '', to] = part.split(':');
    const low = readPort(from);
    const high = to === undefined ? low : readPort(to);
    if (low >= high && to !== undefined) throw parameterProblem('invalid portrange specified');
    return { from: low, to: high };
  });
  const places = ranges.reduce((sum, { from, to }) => sum + (from === to ? 1 : 2), 0);
  if (places > MOST_PORTS) throw parameterProblem('too many ports specified');
  return ranges;
}

/** `-s` and `-d`: addresses with commas between them. Host bits are cleared. */
export function readHosts(text: string): readonly IpPrefix[] {
  return text.split(',').map((part) => readHost(part.trim()));
}

function readHost(text: string): IpPrefix {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const length = slash < 0 ? 32 : readMask(text.slice(slash + 1));
  return networkOf({ address: hostAddress(address), length });
}

function hostAddress(text: string): IpAddress {
  if (text === 'localhost') return ipAddress('127.0.0.1');
  const parts = text.split('.');
  const numeric = parts.length <= 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  const address = numeric ? parseIpAddress([...parts.map(Number), 0, 0, 0].slice(0, 4).join('.')) : undefined;
  if (address === undefined) throw parameterProblem(`host/network \`${text}' not found`);
  return address;
}

function readMask(text: string): number {
  const length = readUnsigned(text);
  if (length !== undefined && length <= 32) return length;
  const mask = text.includes('.') ? parseIpAddress(text) : undefined;
  if (mask === undefined || mask.includes(':')) throw parameterProblem(`invalid mask \`${text}' specified`);
  const host = ~ipv4ToNumber(mask) >>> 0;
  if ((host & (host + 1)) !== 0) throw notSimulated('a mask with gaps');
  return Math.clz32(host);
}

const LONGEST_INTERFACE = 15;

export function readInterface(text: string): string {
  if (text === '') throw parameterProblem('Empty interface is likely to be undesired');
  if (text.length > LONGEST_INTERFACE)
    throw parameterProblem(`interface name \`${text}' must be shorter than IFNAMSIZ (${LONGEST_INTERFACE})`);
  return text;
}

/** `value[/mask]`; without mask all bits count. */
export function readMark(extension: string, option: string, text: string): { value: number; mask: number } {
  const [value = '', mask] = text.split('/');
  const read = { value: readUnsigned(value), mask: mask === undefined ? 0xffffffff : readUnsigned(mask) };
  if (read.value === undefined || read.mask === undefined)
    throw optionProblem(extension, `bad integer value for option "--${option}", or out of range.`);
  return { value: read.value, mask: read.mask };
}

/** `1.2.3.4:80-90`, either part alone. */
export function readNatRange(text: string): { readonly address?: IpAddress; readonly ports?: PortRange } {
  const colon = text.indexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  const ports = colon < 0 ? undefined : readNatPorts(text.slice(colon + 1));
  if (host === '' && ports !== undefined) return { ports };
  if (host.includes('-')) throw notSimulated('a range of addresses to translate to');
  const address = parseIpAddress(host);
  if (address === undefined) throw parameterProblem(`Bad IP address "${host}"`);
  return { address, ...(ports && { ports }) };
}

/** `80`, `80-90` */
export function readNatPorts(text: string): PortRange {
  if (text.includes('/')) throw notSimulated('a base port to shift by');
  const [low = '', high] = text.split('-');
  const from = natPort(low);
  const to = high === undefined ? from : natPort(high);
  if (from > to) throw parameterProblem(`Port range \`${high}' funky`);
  return { from, to };
}

function natPort(text: string): number {
  const port = readUnsigned(text);
  if (port === undefined || port > 65535) throw parameterProblem(`Port \`${text}' not valid`);
  return port;
}
