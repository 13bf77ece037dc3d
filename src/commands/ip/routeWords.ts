import type { Nexthop, Route, RouteType, TunnelKey } from '../../datamodel/network/tables.ts';
import type { IpAddress, IpPrefix } from '../../wire/address.ts';
import { notSimulated } from '../complaint.ts';
import { garbage, matches, readAddress, readPrefix, unsigned, type WantedFamily, type Words, wrong } from '../words.ts';
import { readEncap } from './encap.ts';
import { readProtocol, readRouteType, readScope, readTable, usage } from './names.ts';

export const ROUTE_USAGE = `ip route { add | append | change | prepend | replace | del } [ TYPE ] PREFIX
           [ via ADDRESS ] [ dev IFNAME ] [ onlink ] [ src ADDRESS ] [ metric METRIC ] [ mtu NUMBER ]
           [ encap ip id ID dst ADDRESS [ src ADDRESS ] [ ttl TTL ] [ tos TOS ] [ csum ] ] [ table TABLE_ID ] [ scope SCOPE ] [ proto RTPROTO ]
           [ nexthop [ via ADDRESS ] [ dev IFNAME ] [ weight NUMBER ] ]...
       ip route { show | flush } [ root PREFIX ] [ match PREFIX ] [ exact PREFIX ] [ table TABLE_ID ] [ dev IFNAME ]
           [ via ADDRESS ] [ src ADDRESS ] [ proto RTPROTO ] [ scope SCOPE ] [ type TYPE ]
       ip route get ADDRESS [ from ADDRESS iif IFNAME ] [ oif IFNAME ] [ mark NUMBER ]
TYPE := { unicast | local | broadcast | blackhole | unreachable | prohibit }`;

/** What is said of a route after `add` or `del`. */
export interface RouteWords {
  readonly destination: IpPrefix;
  readonly type?: RouteType;
  readonly via?: IpAddress;
  readonly dev?: string;
  readonly nexthops?: readonly WantedNexthop[];
  readonly onlink?: boolean;
  readonly source?: IpAddress;
  readonly scope?: Route['scope'];
  readonly metric?: number;
  readonly protocol?: Route['protocol'];
  readonly table?: number;
  readonly mtu?: number;
  readonly encap?: TunnelKey;
}

/** The kernel finds the device of a gateway that is named alone. */
export type WantedNexthop = Partial<Nexthop> & Pick<Nexthop, 'weight'>;

type Draft = { -readonly [K in keyof RouteWords]?: RouteWords[K] };

/** Metrics and the like that no simulated route has. */
const OTHERS = [
  'dsfield',
  'reordering',
  'window',
  'cwnd',
  'initcwnd',
  'initrwnd',
  'features',
  'quickack',
  'congctl',
  'rttvar',
  'ssthresh',
  'realms',
  'vrf',
  'pref',
  'fastopen_no_cookie',
];
const OTHERS_WHOLE = ['as', 'from', 'tos', 'expires', 'hoplimit', 'advmss', 'rtt', 'rto_min', 'nhid', 'ttl-propagate'];

/** iproute_modify, word by word. @throws Complaint also for a line without destination. */
export function readRoute(words: Words, preferred: WantedFamily): RouteWords {
  const draft: Draft = {};
  let family = preferred;
  const address = (): IpAddress => {
    const read = readAddress(words.next(), family);
    family = 'inet';
    return read;
  };
  while (words.more) {
    const word = words.next();
    if (word === 'src') draft.source = address();
    else if (word === 'via') {
      if (draft.via !== undefined) throw wrong('use nexthop syntax to specify multiple via\n', word);
      if (words.take('inet6')) throw notSimulated('IPv6');
      words.take('inet');
      draft.via = address();
    } else if (matches(word, 'metric') || matches(word, 'priority') || word === 'preference') {
      draft.metric = unsigned(words, '"metric" value is invalid\n');
    } else if (word === 'scope') {
      draft.scope = named(words, readScope, 'invalid "scope" value\n');
    } else if (word === 'mtu') {
      if (words.take('lock')) throw notSimulated('a locked MTU');
      draft.mtu = unsigned(words, '"mtu" value is invalid\n');
    } else if (word === 'onlink') draft.onlink = true;
    else if (word === 'nexthop') draft.nexthops = nexthops(words);
    else if (matches(word, 'protocol')) draft.protocol = named(words, readProtocol, '"protocol" value is invalid\n');
    else if (matches(word, 'table')) draft.table = named(words, readTable, '"table" value is invalid\n');
    else if (word === 'encap') draft.encap = readEncap(words);
    else if (word === 'dev' || word === 'oif') draft.dev = words.next();
    else if (OTHERS_WHOLE.includes(word) || OTHERS.some((each) => matches(word, each)))
      throw notSimulated(`"${word}" of a route`);
    else readDestination(words, word, draft, family);
    if (draft.destination !== undefined) family = 'inet';
  }
  const { destination, ...rest } = draft;
  if (destination === undefined) throw usage(ROUTE_USAGE);
  return { destination, ...rest };
}

/** All that is left of the line: `nexthop` has been read (parse_nexthops). */
function nexthops(words: Words): readonly WantedNexthop[] {
  const read: WantedNexthop[] = [];
  do {
    const hop: { via?: IpAddress; dev?: string; weight: number } = { weight: 1 };
    while (words.more && words.peek() !== 'nexthop') {
      const word = words.next();
      if (word === 'via') {
        words.take('inet');
        hop.via = readAddress(words.next(), 'inet');
      } else if (word === 'dev') hop.dev = words.next();
      else if (word === 'weight') {
        const weight = unsigned(words, '"weight" is invalid\n');
        if (weight < 1 || weight > 256) throw wrong('"weight" is invalid\n', String(weight));
        hop.weight = weight;
      } else if (word === 'onlink') throw notSimulated('"onlink" of one of several next hops');
      else throw wrong('"nexthop" or end of line is expected instead of', word);
    }
    read.push(hop);
  } while (words.take('nexthop'));
  return read;
}

function readDestination(words: Words, first: string, draft: Draft, family: WantedFamily): void {
  let word = first === 'to' ? words.next() : first;
  const type = /^\d/.test(word) ? undefined : readRouteType(word);
  if (type !== undefined) {
    word = words.next();
    draft.type = type;
  }
  if (matches(word, 'help')) throw usage(ROUTE_USAGE);
  if (draft.destination !== undefined) throw garbage('to', word);
  draft.destination = readPrefix(word, family);
}

/** A value with a name or number, or a complaint about it. */
export function named<T>(words: Words, read: (text: string) => T | undefined, message: string): T {
  const text = words.next();
  const value = read(text);
  if (value === undefined) throw wrong(message, text);
  return value;
}
