import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import type {
  AddressType,
  ConntrackState,
  Match,
  PortRange,
  TransportName,
} from '../../../datamodel/network/netfilter.ts';
import type { IpAddress, IpPrefix } from '../../../wire/address.ts';
import { addressBits, familyOf, ipv4Mask, ipv4ToNumber, prefixContains } from '../../../wire/address.ts';
import { IpProtocol } from '../../../wire/ipv4.ts';
import { hasDestinationNat, hasSourceNat } from './connection.ts';
import { matchModule } from './matchModules.ts';
import { addressIn, type Packet } from './packet.ts';
import { matchRecent } from './recent.ts';

export type Test = (packet: Packet) => boolean;
/** `statistic` is not decided here: the coin depends on the chain it stands in. */
export type DecidableMatch = Exclude<Match, { readonly type: 'statistic' }>;

const PROTOCOLS: Readonly<Record<TransportName | 'icmp', number>> = IpProtocol;

/** Turns a match into a test once, so that walking a chain parses nothing. */
export function compileMatch(match: DecidableMatch): Test {
  switch (match.type) {
    case 'source':
      return addressTest(match.prefix, match.negate, 'source');
    case 'destination':
      return addressTest(match.prefix, match.negate, 'destination');
    case 'inInterface':
      return deviceTest(match.name, match.negate, (packet) => packet.inputDevice);
    case 'outInterface':
      return deviceTest(match.name, match.negate, (packet) => packet.outputDevice);
    case 'protocol': {
      const number = protocolNumber(match.protocol);
      // 0 stands for every protocol, as in `-p all`.
      return (packet) => (number === 0 || packet.protocol === number) !== (match.negate ?? false);
    }
    case 'comment':
      return () => true;
    case 'transport':
      return transportTest(match);
    case 'multiport':
      return ({ ports }) =>
        ports !== undefined &&
        match.destination.some((range) => isIn(range, ports.destination)) !== (match.negate ?? false);
    case 'icmp':
      return ({ icmp }) => {
        if (icmp === undefined) return false;
        const isAny = match.icmpType === ANY_ICMP_TYPE;
        const fits = isAny || (icmp.type === match.icmpType && (match.code === undefined || icmp.code === match.code));
        return fits !== (match.negate ?? false);
      };
    case 'mark':
      return ({ skb }) => ((skb.meta.mark & match.mask) >>> 0 === match.value >>> 0) !== (match.negate ?? false);
    case 'conntrack':
      return stateTest(match.states, match.negate);
    case 'addrtype':
      return addressTypeTest(match);
    case 'recent':
      return (packet) => matchRecent(match, packet);
    case 'set':
      return matchModule('set')(match);
    case 'ipvs':
      return matchModule('ipvs')(match);
    case 'physdev':
      return ({ skb }) => (skb.meta.bridge !== undefined) !== (match.negate ?? false);
    default:
      return assertUnreachable(match);
  }
}

/** `--icmp-type any`. */
const ANY_ICMP_TYPE = 255;

export function protocolNumber(protocol: TransportName | 'icmp' | number): number {
  return typeof protocol === 'number' ? protocol : PROTOCOLS[protocol];
}

function addressTest(prefix: IpPrefix, negate: boolean | undefined, end: 'source' | 'destination'): Test {
  if (familyOf(prefix.address) === 'IPv6') return ipv6AddressTest(prefix, negate, end);
  const mask = ipv4Mask(prefix.length);
  const network = (ipv4ToNumber(prefix.address) & mask) >>> 0;
  return (packet) => ((packet[end] & mask) >>> 0 === network) !== (negate ?? false);
}

function ipv6AddressTest(prefix: IpPrefix, negate: boolean | undefined, end: 'source' | 'destination'): Test {
  const { address, length } = prefix;
  const isIn = (candidate: IpAddress): boolean =>
    length === addressBits('IPv6') ? candidate === address : prefixContains(prefix, candidate);
  return ({ ipv6 }) => (ipv6 !== undefined && isIn(ipv6[end])) !== (negate ?? false);
}

/** A final `+` stands for any ending. */
function deviceTest(name: string, negate: boolean | undefined, device: (packet: Packet) => string): Test {
  const stem = name.endsWith('+') ? name.slice(0, -1) : undefined;
  return (packet) =>
    (stem === undefined ? device(packet) === name : device(packet).startsWith(stem)) !== (negate ?? false);
}

function isIn(range: PortRange, port: number): boolean {
  return port >= range.from && port <= range.to;
}

function transportTest(match: Extract<Match, { readonly type: 'transport' }>): Test {
  const number = protocolNumber(match.protocol);
  const { source, destination, negateSource = false, negateDestination = false } = match;
  return ({ protocol, ports }) => {
    if (protocol !== number || ports === undefined) return false;
    if (source !== undefined && isIn(source, ports.source) === negateSource) return false;
    return destination === undefined || isIn(destination, ports.destination) !== negateDestination;
  };
}

/** xt_conntrack: INVALID is what conntrack has seen and cannot place, UNTRACKED what it was told not to look at. */
function stateTest(states: readonly ConntrackState[], negate: boolean | undefined): Test {
  const wanted = new Set(states);
  return ({ skb }) => {
    const { connection, connectionState } = skb.meta;
    const fits =
      wanted.has(connectionState ?? 'INVALID') ||
      (connection !== undefined && wanted.has('SNAT') && hasSourceNat(connection)) ||
      (connection !== undefined && wanted.has('DNAT') && hasDestinationNat(connection));
    return fits !== (negate ?? false);
  };
}

function addressTypeTest(match: Extract<Match, { readonly type: 'addrtype' }>): Test {
  const { source, destination, negateSource = false, negateDestination = false, limitIn } = match;
  const isOfType = (packet: Packet, end: 'source' | 'destination', type: AddressType): boolean =>
    packet.kernel.fib.addressType(addressIn(packet, end), limitIn ? packet.inputDevice : undefined) === type;
  return (packet) => {
    if (source !== undefined && isOfType(packet, 'source', source) === negateSource) return false;
    return destination === undefined || isOfType(packet, 'destination', destination) !== negateDestination;
  };
}
