import type { IpSet, IpSetMember } from '../../../datamodel/network/ipset.ts';
import type { Match, TransportName } from '../../../datamodel/network/netfilter.ts';
import {
  hostPrefix,
  type IpAddress,
  type IpPrefix,
  ipv4FromNumber,
  ipv4Mask,
  ipv4ToNumber,
  prefixContains,
} from '../../../wire/address.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import type { Packet } from './packet.ts';
import { transportName } from './transportName.ts';

type SetMatch = Extract<Match, { readonly type: 'set' }>;

/** Whether a packet's parts make a member of the set (xt_set.c, ip_set_hash_*.c); a set that is not there has none. */
export function matchSet(match: SetMatch, packet: Packet): boolean {
  const set = setsOf(packet.kernel.config.ipsets)?.get(match.name);
  const found = set !== undefined && indexOf(set).has(packet, match.directions);
  return found !== (match.negate ?? false);
}

const byName = new WeakMap<readonly IpSet[], ReadonlyMap<string, IpSet>>();

function setsOf(sets: readonly IpSet[] | undefined): ReadonlyMap<string, IpSet> | undefined {
  if (sets === undefined) return undefined;
  const known = byName.get(sets) ?? new Map(sets.map((set) => [set.name, set]));
  byName.set(sets, known);
  return known;
}

interface SetIndex {
  has(packet: Packet, directions: SetMatch['directions']): boolean;
}

const indexes = new WeakMap<IpSet, SetIndex>();

/** Made when a packet first asks: most sets are never asked. */
function indexOf(set: IpSet): SetIndex {
  const known = indexes.get(set) ?? makeIndex(set);
  indexes.set(set, known);
  return known;
}

function makeIndex(set: IpSet): SetIndex {
  if (set.has) {
    return {
      has: (packet, directions) => {
        const member = askedMember(set, packet, directions);
        return member !== undefined && set.has?.(member) === true;
      },
    };
  }
  const family = set.family === 'inet6' ? INET6 : INET;
  switch (set.type) {
    case 'hash:ip': {
      const addresses = new Set(set.members.map((member) => family.addressOf(member)));
      return { has: (packet, [first]) => addresses.has(family.addressIn(packet, end(first))) };
    }
    case 'bitmap:port': {
      const ports = new Set(set.members.map(({ port }) => port));
      return { has: (packet, [first]) => isPlain(packet) && ports.has(packet.ports?.[end(first)]) };
    }
    case 'hash:ip,port': {
      const keys = new Set(set.members.map((member) => memberKey(family, member)));
      return { has: (packet, directions) => keys.has(packetKey(family, packet, directions)) };
    }
    case 'hash:net': {
      const tests = set.members.flatMap(({ network }) => (network ? [family.prefixTest(network)] : []));
      return { has: (packet, [first]) => tests.some((test) => test(packet, end(first))) };
    }
    case 'hash:ip,port,ip':
    case 'hash:ip,port,net':
      return prefixIndex(set.members, family);
  }
}

function prefixIndex(members: readonly IpSetMember[], family: SetFamily): SetIndex {
  const networks = new Map<SetKey, ((packet: Packet, side: 'source' | 'destination') => boolean)[]>();
  for (const member of members) {
    if (member.second === undefined) continue;
    const test = family.prefixTest(member.second);
    const key = memberKey(family, member);
    const known = networks.get(key);
    if (known) known.push(test);
    else networks.set(key, [test]);
  }
  return {
    has(packet, directions) {
      const side = end(directions[2]);
      return networks.get(packetKey(family, packet, directions))?.some((test) => test(packet, side)) ?? false;
    },
  };
}

/** What a set of the type is asked for, whose members are single addresses; undefined: the packet has no ports. */
function askedMember(
  { type, family }: IpSet,
  packet: Packet,
  directions: SetMatch['directions'],
): IpSetMember | undefined {
  const [first, second, third] = directions;
  const addressAt = (direction: 'src' | 'dst' | undefined): IpAddress | undefined =>
    family === 'inet6' ? packet.ipv6?.[end(direction)] : ipv4FromNumber(packet[end(direction)]);
  const address = addressAt(first);
  if (address === undefined) return undefined;
  if (type === 'hash:ip') return { address };
  const protocol = transportName(packet.protocol);
  const port = packet.ports?.[end(second)];
  if (protocol === undefined || port === undefined) return undefined;
  if (type === 'hash:ip,port') return { address, protocol, port };
  const other = addressAt(third);
  return { address, protocol, port, ...(other !== undefined && { second: hostPrefix(other) }) };
}

type SetKey = number | string;

/** How a set's members and a packet's parts are compared: numbers for IPv4, canonical texts for IPv6. */
interface SetFamily {
  addressOf(member: IpSetMember): SetKey;
  addressIn(packet: Packet, side: 'source' | 'destination'): SetKey;
  key(address: SetKey, protocol: number, port: number): SetKey;
  prefixTest(prefix: IpPrefix): (packet: Packet, side: 'source' | 'destination') => boolean;
}

const INET: SetFamily = {
  addressOf: ({ address }) => (address === undefined ? -1 : ipv4ToNumber(address)),
  addressIn: (packet, side) => packet[side],
  // address, protocol and port in one number, which 53 bits have room for
  key: (address, protocol, port) => (Number(address) * 4 + protocol) * 65_536 + port,
  prefixTest(prefix) {
    const mask = ipv4Mask(prefix.length);
    const network = (ipv4ToNumber(prefix.address) & mask) >>> 0;
    return (packet, side) => (packet[side] & mask) >>> 0 === network;
  },
};

const INET6: SetFamily = {
  addressOf: ({ address }) => address ?? '',
  addressIn: ({ ipv6 }, side) => ipv6?.[side] ?? '-',
  key: (address, protocol, port) => `${address} ${protocol} ${port}`,
  prefixTest:
    (prefix) =>
    ({ ipv6 }, side) =>
      ipv6 !== undefined && prefixContains(prefix, ipv6[side]),
};

/** ip_set_get_ip_port reads ports of these two alone. */
function isPlain({ protocol }: Packet): boolean {
  return protocol === IpProtocol.tcp || protocol === IpProtocol.udp;
}

function end(direction: 'src' | 'dst' | undefined): 'source' | 'destination' {
  return direction === 'src' ? 'source' : 'destination';
}

function memberKey(family: SetFamily, member: IpSetMember): SetKey {
  return family.key(family.addressOf(member), protocolOf(member.protocol), member.port ?? 0);
}

/** No member's where the packet has no ports. */
function packetKey(family: SetFamily, packet: Packet, [first, second]: SetMatch['directions']): SetKey {
  const port = packet.ports?.[end(second)];
  return port === undefined ? -1 : family.key(family.addressIn(packet, end(first)), packet.protocol & 3, port);
}

/** The three protocols' numbers differ in their last two bits. */
function protocolOf(protocol: TransportName | undefined): number {
  return protocol === undefined ? 0 : IpProtocol[protocol] & 3;
}
