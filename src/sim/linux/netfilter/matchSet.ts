import type { IpSet, IpSetMember } from '../../../datamodel/network/ipset.ts';
import type { Match, TransportName } from '../../../datamodel/network/netfilter.ts';
import { hostPrefix, ipv4FromNumber, ipv4Mask, ipv4ToNumber } from '../../../wire/address.ts';
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
        const member = askedMember(set.type, packet, directions);
        return member !== undefined && set.has?.(member) === true;
      },
    };
  }
  switch (set.type) {
    case 'hash:ip': {
      const addresses = new Set(set.members.map((member) => addressOf(member)));
      return { has: (packet, [first]) => addresses.has(packet[end(first)]) };
    }
    case 'bitmap:port': {
      const ports = new Set(set.members.map(({ port }) => port));
      return { has: (packet, [first]) => isPlain(packet) && ports.has(packet.ports?.[end(first)]) };
    }
    case 'hash:ip,port': {
      const keys = new Set(set.members.map(memberKey));
      return { has: (packet, directions) => keys.has(packetKey(packet, directions)) };
    }
    case 'hash:ip,port,ip':
    case 'hash:ip,port,net':
      return prefixIndex(set.members);
  }
}

function prefixIndex(members: readonly IpSetMember[]): SetIndex {
  const networks = new Map<number, { readonly network: number; readonly mask: number }[]>();
  for (const member of members) {
    if (member.second === undefined) continue;
    const mask = ipv4Mask(member.second.length);
    const network = (ipv4ToNumber(member.second.address) & mask) >>> 0;
    const key = memberKey(member);
    const known = networks.get(key);
    if (known) known.push({ network, mask });
    else networks.set(key, [{ network, mask }]);
  }
  return {
    has(packet, directions) {
      const address = packet[end(directions[2])];
      const found = networks.get(packetKey(packet, directions)) ?? [];
      return found.some(({ network, mask }) => (address & mask) >>> 0 === network);
    },
  };
}

/** What a set of the type is asked for, whose members are single addresses; undefined: the packet has no ports. */
function askedMember(type: IpSet['type'], packet: Packet, directions: SetMatch['directions']): IpSetMember | undefined {
  const [first, second, third] = directions;
  const address = ipv4FromNumber(packet[end(first)]);
  if (type === 'hash:ip') return { address };
  const protocol = transportName(packet.protocol);
  const port = packet.ports?.[end(second)];
  if (protocol === undefined || port === undefined) return undefined;
  if (type === 'hash:ip,port') return { address, protocol, port };
  return { address, protocol, port, second: hostPrefix(ipv4FromNumber(packet[end(third)])) };
}

/** ip_set_get_ip_port reads ports of these two alone. */
function isPlain({ protocol }: Packet): boolean {
  return protocol === IpProtocol.tcp || protocol === IpProtocol.udp;
}

function addressOf({ address }: IpSetMember): number {
  return address === undefined ? -1 : ipv4ToNumber(address);
}

function end(direction: 'src' | 'dst' | undefined): 'source' | 'destination' {
  return direction === 'src' ? 'source' : 'destination';
}

/** Address, protocol and port in one number, which 53 bits have room for. */
function memberKey(member: IpSetMember): number {
  return keyOf(addressOf(member), protocolOf(member.protocol), member.port ?? 0);
}

/** No member's where the packet has no ports. */
function packetKey(packet: Packet, [first, second]: SetMatch['directions']): number {
  const port = packet.ports?.[end(second)];
  return port === undefined ? -1 : keyOf(packet[end(first)], packet.protocol & 3, port);
}

/** The three protocols' numbers differ in their last two bits. */
function protocolOf(protocol: TransportName | undefined): number {
  return protocol === undefined ? 0 : IpProtocol[protocol] & 3;
}

function keyOf(address: number, protocol: number, port: number): number {
  return (address * 4 + protocol) * 65_536 + port;
}
