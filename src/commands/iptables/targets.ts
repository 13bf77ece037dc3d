import type { RejectWith, Target } from '../../datamodel/network/netfilter.ts';
import { notSimulated } from '../complaint.ts';
import { parameterProblem } from './complaints.ts';
import {
  type Given,
  needed,
  oneOf,
  option,
  type RuleContext,
  switchOption,
  type TargetExtension,
} from './extension.ts';
import { readMark, readNatPorts, readNatRange } from './values.ts';

/** `iptables` reads no IPv6 reasons; ip6tables is not among the commands. */
const REJECTIONS: Readonly<Record<Exclude<RejectWith, 'icmp6-port-unreachable'>, readonly string[]>> = {
  'icmp-net-unreachable': ['net-unreach'],
  'icmp-host-unreachable': ['host-unreach'],
  'icmp-proto-unreachable': ['proto-unreach'],
  'icmp-port-unreachable': ['port-unreach'],
  'icmp-net-prohibited': ['net-prohib'],
  'icmp-host-prohibited': ['host-prohib'],
  'tcp-reset': ['tcp-rst'],
  'icmp-admin-prohibited': ['admin-prohib'],
};

const reject: TargetExtension = {
  name: 'REJECT',
  options: { 'reject-with': option() },
  make(given): Target {
    const text = given.get('reject-with')?.value ?? 'icmp-port-unreachable';
    for (const [name, aliases] of Object.entries(REJECTIONS)) {
      if (name === text || aliases.includes(text)) return { type: 'REJECT', with: name as RejectWith };
    }
    throw parameterProblem(`unknown reject type "${text}"`);
  },
};

const MARKS = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark'] as const;

const mark: TargetExtension = {
  name: 'MARK',
  options: Object.fromEntries(MARKS.map((name) => [name, option()])),
  make(given): Target {
    const how = oneOf('MARK', given, MARKS);
    const text = how && given.get(how)?.value;
    if (how === undefined || text === undefined)
      throw parameterProblem('MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required');
    const { value, mask } = readMark('MARK', how, text);
    switch (how) {
      case 'set-xmark':
        return { type: 'MARK', value, mask };
      case 'set-mark':
        return { type: 'MARK', value, mask: (value | mask) >>> 0 };
      case 'and-mark':
        return { type: 'MARK', value: 0, mask: ~value >>> 0 };
      case 'or-mark':
        return { type: 'MARK', value, mask: value };
      case 'xor-mark':
        return { type: 'MARK', value, mask: 0 };
    }
  },
};

const PORT_PROTOCOLS = ['tcp', 'udp', 'sctp', 33];

function checkPorts(ports: unknown, { protocol, negatedProtocol }: RuleContext): void {
  if (ports !== undefined && (negatedProtocol || !PORT_PROTOCOLS.includes(protocol ?? '')))
    throw parameterProblem('Need TCP, UDP, SCTP or DCCP with port specification');
}

function randomness(given: Given): { readonly randomFully?: true } {
  return given.has('random-fully') ? { randomFully: true } : {};
}

const NAT_OTHERS = ['random', 'persistent'];

const dnat: TargetExtension = {
  name: 'DNAT',
  options: { 'to-destination': option(), 'random-fully': switchOption() },
  others: NAT_OTHERS,
  make(given, rule): Target {
    const range = readNatRange(needed('DNAT', given, 'to-destination').value);
    checkPorts(range.ports, rule);
    return { type: 'DNAT', ...range, ...randomness(given) };
  },
};

const snat: TargetExtension = {
  name: 'SNAT',
  options: { 'to-source': option(), 'random-fully': switchOption() },
  others: NAT_OTHERS,
  make(given, rule): Target {
    const { address, ports } = readNatRange(needed('SNAT', given, 'to-source').value);
    checkPorts(ports, rule);
    if (address === undefined) throw notSimulated('"--to-source" without an address');
    return { type: 'SNAT', address, ...(ports && { ports }), ...randomness(given) };
  },
};

const masquerade: TargetExtension = {
  name: 'MASQUERADE',
  options: { 'to-ports': option(), 'random-fully': switchOption() },
  others: ['random'],
  make(given, rule): Target {
    const text = given.get('to-ports')?.value;
    checkPorts(text, rule);
    return { type: 'MASQUERADE', ...(text !== undefined && { ports: readNatPorts(text) }), ...randomness(given) };
  },
};

const notrack: TargetExtension = { name: 'NOTRACK', options: {}, make: () => ({ type: 'NOTRACK' }) };

const ct: TargetExtension = {
  name: 'CT',
  options: { notrack: switchOption() },
  others: ['helper', 'timeout', 'ctevents', 'expevents', 'zone', 'zone-orig', 'zone-reply'],
  make(given): Target {
    if (!given.has('notrack')) throw notSimulated('"-j CT" without "--notrack"');
    return { type: 'NOTRACK' };
  },
};

const VERDICTS = (['ACCEPT', 'DROP', 'RETURN'] as const).map(
  (type): TargetExtension => ({ name: type, options: {}, make: () => ({ type }) }),
);

/** The targets that are simulated; every other name after `-j` is a chain's. */
export const TARGETS: ReadonlyMap<string, TargetExtension> = new Map(
  [...VERDICTS, reject, mark, dnat, snat, masquerade, notrack, ct].map((extension) => [extension.name, extension]),
);

/** Those that iptables 1.8.9 comes with besides. */
export const OTHER_TARGETS: readonly string[] = [
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CLUSTERIP',
  'CONNMARK',
  'CONNSECMARK',
  'DSCP',
  'ECN',
  'HMARK',
  'IDLETIMER',
  'LED',
  'LOG',
  'NETMAP',
  'NFLOG',
  'NFQUEUE',
  'RATEEST',
  'REDIRECT',
  'SECMARK',
  'SET',
  'SYNPROXY',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TEE',
  'TOS',
  'TPROXY',
  'TRACE',
  'TTL',
  'ULOG',
];
