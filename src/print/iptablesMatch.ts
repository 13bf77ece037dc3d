import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { ConntrackState, Match, NetfilterTable, PortRange } from '../datamodel/network/netfilter.ts';
import { formatPrefix, networkOf } from '../wire/address.ts';
import { quoteOption } from './quoteOption.ts';

/** The mask of `-m recent` that leaves an address whole. */
const WHOLE_ADDRESS = { ipv4: '255.255.255.255', ipv6: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' } as const;

/** The order in which libxt_conntrack.c prints states, whatever order they were given in. */
const STATES: readonly ConntrackState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];

/** Names of protocols that getprotobynumber knows (/etc/protocols). */
const PROTOCOL_NAMES = new Map<number, string>([
  [1, 'icmp'],
  [2, 'igmp'],
  [4, 'ipencap'],
  [6, 'tcp'],
  [17, 'udp'],
  [41, 'ipv6'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'ipv6-icmp'],
  [89, 'ospf'],
  [132, 'sctp'],
]);

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** One match as iptables-save writes it, option by option, e.g. `! -s 10.244.0.0/16`. */
export function printMatch(match: Match, family: NetfilterTable['family'] = 'ipv4'): string {
  switch (match.type) {
    case 'source':
      return `${not(match.negate)}-s ${formatPrefix(networkOf(match.prefix))}`;
    case 'destination':
      return `${not(match.negate)}-d ${formatPrefix(networkOf(match.prefix))}`;
    case 'inInterface':
      return `${not(match.negate)}-i ${match.name}`;
    case 'outInterface':
      return `${not(match.negate)}-o ${match.name}`;
    case 'protocol':
      return `${not(match.negate)}-p ${protocolName(match.protocol)}`;
    case 'comment':
      return `-m comment --comment ${quoteOption(match.text)}`;
    case 'transport':
      return [
        `-m ${match.protocol}`,
        ...(match.source ? [`${not(match.negateSource)}--sport ${printRange(match.source, ':')}`] : []),
        ...(match.destination ? [`${not(match.negateDestination)}--dport ${printRange(match.destination, ':')}`] : []),
      ].join(' ');
    case 'multiport':
      return `-m multiport ${not(match.negate)}--dports ${match.destination.map((range) => printRange(range, ':')).join(',')}`;
    case 'icmp':
      return `-m icmp ${not(match.negate)}--icmp-type ${match.icmpType}${match.code === undefined ? '' : `/${match.code}`}`;
    case 'mark':
      return `-m mark ${not(match.negate)}--mark ${printMark(match.value)}${match.mask === 0xffffffff ? '' : `/${printMark(match.mask)}`}`;
    case 'conntrack':
      return `-m conntrack ${not(match.negate)}--ctstate ${STATES.filter((state) => match.states.includes(state)).join(',')}`;
    case 'addrtype':
      return [
        '-m addrtype',
        ...(match.source ? [`${not(match.negateSource)}--src-type ${match.source}`] : []),
        ...(match.destination ? [`${not(match.negateDestination)}--dst-type ${match.destination}`] : []),
        ...(match.limitIn ? ['--limit-iface-in'] : []),
      ].join(' ');
    case 'statistic':
      return `-m statistic --mode random --probability ${printProbability(match.probability)}`;
    case 'recent':
      return [
        `-m recent ${not(match.negate)}--${match.operation}`,
        ...(match.seconds === undefined ? [] : [`--seconds ${match.seconds}`]),
        ...(match.reap ? ['--reap'] : []),
        `--name ${match.name} --mask ${WHOLE_ADDRESS[family]} --rsource`,
      ].join(' ');
    case 'set':
      return `-m set ${not(match.negate)}--match-set ${match.name} ${match.directions.join(',')}`;
    case 'ipvs':
      return [
        '-m ipvs',
        ...(match.protocol === undefined ? [] : [`--vproto ${PROTOCOL_NUMBERS[match.protocol]}`]),
        ...(match.address === undefined ? [] : [`--vaddr ${match.address}`]),
        ...(match.port === undefined ? [] : [`--vport ${match.port}`]),
      ].join(' ');
    case 'physdev':
      return `-m physdev ${not(match.negate)}--physdev-is-in`;
    default:
      return assertUnreachable(match);
  }
}

/** `0x4000` */
export function printMark(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** `80`, or both ends with `separator` between them. */
export function printRange(range: PortRange, separator: ':' | '-'): string {
  return range.from === range.to ? String(range.from) : `${range.from}${separator}${range.to}`;
}

/** The kernel keeps 31 bits (lround of p·2³¹), and the tool prints those back: 0.3333333333 reads 0.33333333349. */
function printProbability(probability: number): string {
  return (Math.round(probability * 0x80000000) / 0x80000000).toFixed(11);
}

function protocolName(protocol: string | number): string {
  return typeof protocol === 'string' ? protocol : (PROTOCOL_NAMES.get(protocol) ?? String(protocol));
}

function not(negate: boolean | undefined): string {
  return negate ? '! ' : '';
}
