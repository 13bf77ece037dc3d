import type { AddressType, ConntrackState, Match, TransportName } from '../../datamodel/network/netfilter.ts';
import { notSimulated } from '../complaint.ts';
import { readUnsigned } from '../words.ts';
import { optionProblem, parameterProblem } from './complaints.ts';
import { type MatchExtension, NEGATABLE, needed, oneOf, option, switchOption } from './extension.ts';
import { readIcmpType } from './icmpTypes.ts';
import { readMark, readPortList, readPorts } from './values.ts';

/** `-m tcp`, `-m udp`, `-m sctp` */
function transport(protocol: TransportName): MatchExtension {
  const others = protocol === 'tcp' ? ['tcp-flags', 'syn', 'tcp-option'] : protocol === 'sctp' ? ['chunk-types'] : [];
  return {
    name: protocol,
    options: {
      'source-port': NEGATABLE,
      sport: option({ negatable: true, as: 'source-port' }),
      'destination-port': NEGATABLE,
      dport: option({ negatable: true, as: 'destination-port' }),
    },
    others,
    make(given, rule): Match {
      if (protocol !== 'sctp' && rule.protocol !== protocol)
        throw parameterProblem(`${protocol.toUpperCase()} match requires '-p ${protocol}'`);
      const source = given.get('source-port');
      const destination = given.get('destination-port');
      return {
        type: 'transport',
        protocol,
        ...(source && { source: readPorts(source.value), ...(source.negate && { negateSource: true }) }),
        ...(destination && {
          destination: readPorts(destination.value),
          ...(destination.negate && { negateDestination: true }),
        }),
      };
    },
  };
}

const icmp: MatchExtension = {
  name: 'icmp',
  options: { 'icmp-type': NEGATABLE },
  make(given): Match | undefined {
    const type = given.get('icmp-type');
    const read = type && readIcmpType(type.value);
    // `any` and nothing at all say the same: any ICMP.
    return read && { type: 'icmp', ...read, ...(type.negate && { negate: true }) };
  },
};

const LONGEST_COMMENT = 255;

const comment: MatchExtension = {
  name: 'comment',
  options: { comment: option() },
  make: (given) => ({ type: 'comment', text: needed('comment', given, 'comment').value.slice(0, LONGEST_COMMENT) }),
};

const STATES: readonly ConntrackState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];

/** `-m conntrack --ctstate`, and its older name. */
function conntrack(name: 'conntrack' | 'state', stateOption: string, others: readonly string[]): MatchExtension {
  return {
    name,
    options: { [stateOption]: NEGATABLE },
    others,
    make(given): Match {
      const state = given.get(stateOption);
      if (state === undefined) {
        if (name === 'conntrack') throw parameterProblem('conntrack: At least one option is required');
        throw parameterProblem('You must specify "--state"');
      }
      const states = state.value.split(',').map((text) => {
        const found = STATES.find((each) => each === text.toUpperCase());
        if (found === undefined || (name === 'state' && (found === 'SNAT' || found === 'DNAT')))
          throw parameterProblem(`Bad ${stateOption} "${text}"`);
        return found;
      });
      return { type: 'conntrack', states, ...(state.negate && { negate: true }) };
    },
  };
}

const CONNTRACK_OTHERS = [
  'ctproto',
  'ctorigsrc',
  'ctorigdst',
  'ctreplsrc',
  'ctrepldst',
  'ctstatus',
  'ctexpire',
  'ctorigsrcport',
  'ctorigdstport',
  'ctreplsrcport',
  'ctrepldstport',
  'ctdir',
];

const mark: MatchExtension = {
  name: 'mark',
  options: { mark: NEGATABLE },
  make(given): Match {
    const { value, negate } = needed('mark', given, 'mark');
    return { type: 'mark', ...readMark('mark', 'mark', value), ...(negate && { negate: true }) };
  },
};

const ADDRESS_TYPES: readonly AddressType[] = ['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST'];
const OTHER_ADDRESS_TYPES = ['UNSPEC', 'ANYCAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE'];

const addrtype: MatchExtension = {
  name: 'addrtype',
  options: { 'src-type': NEGATABLE, 'dst-type': NEGATABLE, 'limit-iface-in': switchOption() },
  others: ['limit-iface-out'],
  make(given): Match {
    const source = given.get('src-type');
    const destination = given.get('dst-type');
    if (!source && !destination) throw parameterProblem('addrtype: you must specify --src-type or --dst-type');
    return {
      type: 'addrtype',
      ...(source && { source: addressType(source.value), ...(source.negate && { negateSource: true }) }),
      ...(destination && {
        destination: addressType(destination.value),
        ...(destination.negate && { negateDestination: true }),
      }),
      ...(given.has('limit-iface-in') && { limitIn: true }),
    };
  },
};

function addressType(text: string): AddressType {
  const upper = text.toUpperCase();
  const found = ADDRESS_TYPES.find((each) => each === upper);
  if (found !== undefined) return found;
  const known: readonly string[] = [...ADDRESS_TYPES, ...OTHER_ADDRESS_TYPES];
  const unknown = upper.split(',').find((part) => !known.includes(part));
  if (unknown !== undefined) throw parameterProblem(`addrtype: bad type "${text}"`);
  throw notSimulated(`the address type ${upper}`);
}

const statistic: MatchExtension = {
  name: 'statistic',
  options: { mode: option(), probability: NEGATABLE, every: option(), packet: option() },
  make(given): Match {
    const mode = given.get('mode')?.value ?? 'random';
    if (mode === 'nth' || given.has('every') || given.has('packet')) throw notSimulated('"-m statistic --mode nth"');
    if (mode !== 'random') throw parameterProblem(`Bad mode "${mode}"`);
    const given_ = given.get('probability');
    if (given_ === undefined) throw parameterProblem('--probability must be specified when using random mode');
    const probability = /^\d*\.?\d+(e-?\d+)?$/i.test(given_.value) ? Number(given_.value) : Number.NaN;
    if (!(probability >= 0 && probability <= 1))
      throw optionProblem('statistic', 'bad value for option "--probability", or out of range (0-1).');
    if (given_.negate) throw notSimulated('"! --probability"');
    return { type: 'statistic', probability };
  },
};

const PORT_PROTOCOLS = ['tcp', 'udp', 'sctp'];

const multiport: MatchExtension = {
  name: 'multiport',
  options: { 'destination-ports': NEGATABLE, dports: option({ negatable: true, as: 'destination-ports' }) },
  others: ['source-ports', 'sports', 'ports'],
  make(given, rule): Match {
    if (rule.negatedProtocol || !PORT_PROTOCOLS.includes(String(rule.protocol)))
      throw parameterProblem("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
    const ports = given.get('destination-ports');
    if (ports === undefined) throw parameterProblem('multiport expection an option');
    return { type: 'multiport', destination: readPortList(ports.value), ...(ports.negate && { negate: true }) };
  },
};

const RECENT = ['set', 'rcheck', 'update', 'remove'] as const;

const recent: MatchExtension = {
  name: 'recent',
  options: {
    ...Object.fromEntries(RECENT.map((name) => [name, switchOption({ negatable: true })])),
    seconds: option(),
    reap: switchOption(),
    name: option(),
    mask: option(),
    rsource: switchOption(),
  },
  others: ['hitcount', 'rttl', 'rdest'],
  make(given): Match {
    const operation = oneOf('recent', given, RECENT);
    const text = given.get('seconds')?.value;
    const seconds = text === undefined ? undefined : readUnsigned(text);
    if (text !== undefined && !seconds)
      throw optionProblem('recent', 'bad value for option "--seconds", or out of range (1-4294967295).');
    if (given.has('reap') && seconds === undefined)
      throw optionProblem('recent', 'option "--reap" also requires "--seconds".');
    if (operation === undefined)
      throw parameterProblem("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'");
    if ((given.get('mask')?.value ?? '255.255.255.255') !== '255.255.255.255') throw notSimulated('"-m recent --mask"');
    return {
      type: 'recent',
      name: given.get('name')?.value ?? 'DEFAULT',
      operation,
      ...(seconds !== undefined && { seconds }),
      ...(given.has('reap') && { reap: true }),
      ...(given.get(operation)?.negate && { negate: true }),
    };
  },
};

const DIRECTIONS = ['src', 'dst'] as const;
/** IPSET_DIM_MAX */
const MOST_DIRECTIONS = 6;

const set: MatchExtension = {
  name: 'set',
  options: { 'match-set': option({ negatable: true, pair: true }) },
  others: ['return-nomatch', 'update-counters', 'update-subcounters', 'packets-eq', 'bytes-eq'],
  make(given): Match {
    const said = given.get('match-set');
    if (said === undefined) throw parameterProblem("You must specify `--match-set' with proper arguments");
    const [name = '', written = ''] = said.value.split(' ');
    const words = written.split(',');
    if (words.length > MOST_DIRECTIONS) throw parameterProblem("Can't be more src/dst options than 6.");
    const directions = words.map((word) => {
      const found = DIRECTIONS.find((each) => each === word);
      if (found === undefined) throw parameterProblem("You must spefify (the comma separated list of) `src' or `dst'.");
      return found;
    });
    return { type: 'set', name, directions, ...(said.negate && { negate: true }) };
  },
};

const physdev: MatchExtension = {
  name: 'physdev',
  options: { 'physdev-is-in': switchOption({ negatable: true }) },
  others: ['physdev-in', 'physdev-out', 'physdev-is-out', 'physdev-is-bridged'],
  make(given): Match {
    const said = given.get('physdev-is-in');
    if (said === undefined) throw parameterProblem('physdev match: no physdev option specified');
    return { type: 'physdev', ...(said.negate && { negate: true }) };
  },
};

/** The `-m` extensions that are simulated. */
export const MATCHES: ReadonlyMap<string, MatchExtension> = new Map(
  [
    transport('tcp'),
    transport('udp'),
    transport('sctp'),
    icmp,
    comment,
    conntrack('conntrack', 'ctstate', CONNTRACK_OTHERS),
    conntrack('state', 'state', []),
    mark,
    addrtype,
    statistic,
    multiport,
    recent,
    set,
    physdev,
  ].map((extension) => [extension.name, extension]),
);

/** Those that iptables 1.8.9 comes with besides. */
export const OTHER_MATCHES: readonly string[] = [
  'ah',
  'bpf',
  'cgroup',
  'cluster',
  'connbytes',
  'connlabel',
  'connlimit',
  'connmark',
  'cpu',
  'dccp',
  'devgroup',
  'dscp',
  'ecn',
  'esp',
  'hashlimit',
  'helper',
  'ipcomp',
  'iprange',
  'ipvs',
  'length',
  'limit',
  'mac',
  'nfacct',
  'osf',
  'owner',
  'pkttype',
  'policy',
  'quota',
  'rateest',
  'realm',
  'rpfilter',
  'socket',
  'string',
  'tcpmss',
  'time',
  'tos',
  'ttl',
  'u32',
];
