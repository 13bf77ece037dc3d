import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Chain, Match, NetfilterTable, PortRange, Rule, Target } from '../datamodel/network/netfilter.ts';
import { formatPrefix, type IpPrefix, networkOf } from '../wire/address.ts';
import { printMark, printMatch, printRange } from './iptablesMatch.ts';
import { compareChains } from './iptablesSave.ts';
import { printTarget } from './iptablesTarget.ts';

/** How `iptables -L` was asked: `-n`, `-v`, `-x`, `--line-numbers`. */
export interface ListStyle {
  readonly numeric: boolean;
  readonly verbose: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
}

/**
 * What `iptables -L [chain [rulenum]]` prints. Packets are not counted here, and ports have no names.
 *
 * @param position counts from 1; with it the one rule alone is printed.
 */
export function printIptablesList(
  table: NetfilterTable,
  style: ListStyle,
  chain?: string,
  position?: number,
): readonly PrintedLine[] {
  const chains = [...table.chains].sort(compareChains).filter((each) => chain === undefined || each.name === chain);
  const blocks = chains.map((each) => {
    const rules = each.rules.map((rule, i) => ({ text: ruleLine(rule, i + 1, style), entry: rule.id }));
    if (position !== undefined) return rules.slice(position - 1, position);
    return [{ text: chainLine(each, table, style) }, { text: heading(style) }, ...rules];
  });
  return blocks.flatMap((lines, i) => (i === 0 ? lines : [{ text: '' }, ...lines]));
}

function chainLine({ name, policy }: Chain, table: NetfilterTable, { verbose }: ListStyle): string {
  if (policy !== undefined) return `Chain ${name} (policy ${policy}${verbose ? ' 0 packets, 0 bytes' : ''})`;
  const references = table.chains
    .flatMap(({ rules }) => rules)
    .filter(({ target }) => 'chain' in target && target.chain === name).length;
  return `Chain ${name} (${references} references)`;
}

function heading({ verbose, exact, lineNumbers }: ListStyle): string {
  const counters = !verbose ? '' : exact ? '    pkts      bytes ' : ' pkts bytes ';
  const interfaces = verbose ? 'in     out     ' : '';
  return `${lineNumbers ? 'num  ' : ''}${counters}target     prot opt ${interfaces}source               destination         `;
}

function ruleLine(rule: Rule, number: number, style: ListStyle): string {
  const { numeric, verbose, exact, lineNumbers } = style;
  const counters = !verbose ? '' : exact ? '       0        0 ' : '    0     0 ';
  const any = numeric ? '*' : 'any';
  const input = rule.matches.find((match) => match.type === 'inInterface');
  const output = rule.matches.find((match) => match.type === 'outInterface');
  const name = (match: typeof input | typeof output): string =>
    match === undefined ? any : `${match.negate ? '!' : ''}${match.name}`;
  const interfaces = verbose ? `${name(input).padEnd(6)} ${name(output).padEnd(6)} ` : '';
  const head = `${lineNumbers ? `${String(number).padEnd(4)} ` : ''}${counters}${targetName(rule.target).padEnd(9)} `;
  const addresses = `${address(rule, 'source', numeric)}${address(rule, 'destination', numeric)}`;
  const details = `${rule.target.type === 'goto' ? '[goto] ' : ''}${rule.matches.map(matchDetail).join('')}`;
  return `${head}${protocol(rule, numeric)} -- ${interfaces}${addresses}${details}${targetDetail(rule.target)}`;
}

function targetName(target: Target): string {
  if (target.type === 'none') return '';
  if (target.type === 'NOTRACK') return 'CT';
  if (target.type === 'CONNMARK-restore') return 'CONNMARK';
  return 'chain' in target ? target.chain : target.type;
}

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, sctp: 132 };

function protocol({ matches }: Rule, numeric: boolean): string {
  const match = matches.find((each) => each.type === 'protocol');
  if (match === undefined) return ` ${(numeric ? '0' : 'all').padEnd(4)}`;
  const value = numeric ? (PROTOCOLS[match.protocol] ?? match.protocol) : match.protocol;
  return `${match.negate ? '!' : ' '}${String(value).padEnd(4)}`;
}

function address({ matches }: Rule, side: 'source' | 'destination', numeric: boolean): string {
  const match = matches.find((each) => each.type === side);
  const prefix = match && 'prefix' in match ? match.prefix : undefined;
  const negate = match && 'negate' in match && match.negate;
  return `${negate ? '!' : ' '}${prefixText(prefix, numeric).padEnd(19)} `;
}

function prefixText(prefix: IpPrefix | undefined, numeric: boolean): string {
  if (prefix === undefined || prefix.length === 0) return numeric ? '0.0.0.0/0' : 'anywhere';
  return prefix.length === 32 ? prefix.address : formatPrefix(networkOf(prefix));
}

function matchDetail(match: Match): string {
  switch (match.type) {
    case 'source':
    case 'destination':
    case 'inInterface':
    case 'outInterface':
    case 'protocol':
      return '';
    case 'comment':
      return ` /* ${match.text} */`;
    case 'transport':
      return ` ${match.protocol}${ports('spt', match.source, match.negateSource)}${ports('dpt', match.destination, match.negateDestination)}`;
    case 'multiport':
      return ` multiport dports ${match.negate ? ' !' : ''}${match.destination.map((range) => printRange(range, ':')).join(',')}`;
    case 'icmp':
      return ` icmp${match.negate ? ' !' : ''}type ${match.icmpType}${match.code === undefined ? '' : ` code ${match.code}`}`;
    case 'mark':
      return ` mark match${match.negate ? ' !' : ''} ${printMark(match.value)}${match.mask === 0xffffffff ? '' : `/${printMark(match.mask)}`}`;
    case 'conntrack':
      return printMatch({ ...match, negate: false }).replace('-m conntrack --', match.negate ? ' ! ' : ' ');
    case 'addrtype':
      return [
        ' ADDRTYPE match',
        ...(match.source ? [`src-type ${match.negateSource ? '!' : ''}${match.source}`] : []),
        ...(match.destination ? [`dst-type ${match.negateDestination ? '!' : ''}${match.destination}`] : []),
        ...(match.limitIn ? ['limit-in'] : []),
      ].join(' ');
    case 'statistic':
      return printMatch(match).replace('-m statistic --mode random --', ' statistic mode random ');
    case 'recent':
      return [
        `${match.negate ? ' !' : ''} recent: ${RECENT[match.operation]}`,
        ...(match.seconds === undefined ? [] : [`seconds: ${match.seconds}`]),
        ...(match.reap ? ['reap'] : []),
        `name: ${match.name} side: source mask: 255.255.255.255`,
      ].join(' ');
    case 'set':
      return ` match-set ${match.negate ? '! ' : ''}${match.name} ${match.directions.join(',')}`;
    case 'ipvs':
      return printMatch(match).replace('-m ipvs --', ' ').replaceAll(' --', ' ');
    case 'physdev':
      return ` PHYSDEV match${match.negate ? ' !' : ''} --physdev-is-in`;
    default:
      return assertUnreachable(match);
  }
}

const RECENT = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' } as const;

function ports(name: string, range: PortRange | undefined, negate: boolean | undefined): string {
  if (range === undefined) return '';
  return ` ${name}${range.from === range.to ? '' : 's'}:${negate ? '!' : ''}${printRange(range, ':')}`;
}

function targetDetail(target: Target): string {
  switch (target.type) {
    case 'REJECT':
      return ` reject-with ${target.with}`;
    case 'MARK':
      return ` MARK ${markText(target.value, target.mask)}`;
    case 'CONNMARK':
      return ` CONNMARK ${markText(target.value, target.mask)}`;
    case 'CONNMARK-restore':
      return ` CONNMARK restore mask ${printMark(target.ctmask)}`;
    case 'DNAT':
    case 'SNAT':
      return printTarget(target)
        .replace(/^-j \S+ --to-\w+ /, ' to:')
        .replace('--random-fully', 'random-fully');
    case 'MASQUERADE':
      return `${target.ports ? ` masq ports: ${printRange(target.ports, '-')}` : ''}${target.randomFully ? ' random-fully' : ''}`;
    case 'NOTRACK':
      return ' NOTRACK';
    default:
      return '';
  }
}

/** libxt_MARK.c says in words what the two numbers come to. */
function markText(value: number, mask: number): string {
  if (value === 0) return `and ${printMark(~mask)}`;
  if (value === mask) return `or ${printMark(value)}`;
  if (mask === 0) return `xor ${printMark(value)}`;
  if (mask === 0xffffffff) return `set ${printMark(value)}`;
  return `xset ${printMark(value)}/${printMark(mask)}`;
}
