import type { Chain, Hook, Match, Rule, TableName } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { contains, isGroup, type PathTables } from './pathTables.ts';

/** What is known about a packet at a hook; what is absent may be anything. */
export interface HookPacket {
  readonly source?: IpAddress;
  readonly destination?: IpAddress;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
  readonly input?: string;
  readonly output?: string;
}

type Answer = boolean | 'unknown';
type Fate = 'pass' | 'lost' | 'return';

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, sctp: 132 };
const TABLES: readonly TableName[] = ['raw', 'mangle', 'filter'];

/**
 * Whether the rules can let a packet past a hook. Matches that hang on state (marks, connections, coins) may go either way,
 * so a "no" is certain and a "yes" is not.
 */
export function rulesAllow(tables: PathTables, hook: Hook, packet: HookPacket): boolean {
  return TABLES.every((name) => {
    const table = tables.netns.netfilter.find((each) => each.name === name && each.family === 'ipv4');
    const chain = table?.chains.find((each) => each.name === hook);
    if (table === undefined || chain === undefined) return true;
    const chains = new Map(table.chains.map((each) => [each.name, each]));
    const fates = walk(tables, chains, chain, packet, 0);
    return fates.has('pass') || (fates.has('return') && chain.policy !== 'DROP');
  });
}

function walk(
  tables: PathTables,
  chains: ReadonlyMap<string, Chain>,
  chain: Chain,
  packet: HookPacket,
  depth: number,
): ReadonlySet<Fate> {
  const fates = new Set<Fate>();
  if (depth > 64) return fates.add('pass');
  for (const rule of chain.rules) {
    const matched = matches(tables, rule, packet);
    if (matched === false) continue;
    const inner = fateOf(tables, chains, rule, packet, depth);
    if (inner === undefined) continue;
    const comesBack = rule.target.type === 'jump' && inner.has('return');
    for (const fate of inner) if (!(comesBack && fate === 'return')) fates.add(fate);
    if (matched === true && !comesBack) return fates;
  }
  return fates.add('return');
}

/** @returns undefined when the walk goes on behind the rule. */
function fateOf(
  tables: PathTables,
  chains: ReadonlyMap<string, Chain>,
  { target }: Rule,
  packet: HookPacket,
  depth: number,
): ReadonlySet<Fate> | undefined {
  switch (target.type) {
    case 'ACCEPT':
      return new Set(['pass']);
    case 'DROP':
    case 'REJECT':
      return new Set(['lost']);
    case 'RETURN':
      return new Set(['return']);
    case 'jump':
    case 'goto': {
      const next = chains.get(target.chain);
      return next && walk(tables, chains, next, packet, depth + 1);
    }
    default:
      return undefined;
  }
}

function matches(tables: PathTables, rule: Rule, packet: HookPacket): Answer {
  const answers = rule.matches.map((match) => answer(tables, match, packet));
  if (answers.includes(false)) return false;
  return answers.includes('unknown') ? 'unknown' : true;
}

function answer(tables: PathTables, match: Match, packet: HookPacket): Answer {
  const said = (value: Answer, negate = false): Answer => (value === 'unknown' ? value : value !== negate);
  switch (match.type) {
    case 'comment':
      return true;
    case 'source':
      return said(within(match.prefix, packet.source), match.negate);
    case 'destination':
      return said(within(match.prefix, packet.destination), match.negate);
    case 'inInterface':
      return said(packet.input === undefined ? 'unknown' : packet.input === match.name, match.negate);
    case 'outInterface':
      return said(packet.output === undefined ? 'unknown' : packet.output === match.name, match.negate);
    case 'protocol': {
      const wanted = typeof match.protocol === 'number' ? match.protocol : PROTOCOLS[match.protocol];
      return said(packet.protocol === wanted, match.negate);
    }
    case 'transport': {
      if (packet.protocol !== PROTOCOLS[match.protocol]) return false;
      const source = match.source ? said(inRange([match.source], packet.sourcePort), match.negateSource) : true;
      const destination = match.destination
        ? said(inRange([match.destination], packet.destinationPort), match.negateDestination)
        : true;
      if (source === false || destination === false) return false;
      return source === true && destination === true ? true : 'unknown';
    }
    case 'multiport':
      return said(inRange(match.destination, packet.destinationPort), match.negate);
    case 'icmp': {
      if (packet.protocol !== PROTOCOLS.icmp) return false;
      if (packet.icmp === undefined) return 'unknown';
      const { type, code } = packet.icmp;
      return said(type === match.icmpType && (match.code === undefined || code === match.code), match.negate);
    }
    case 'addrtype': {
      const source = match.source ? said(isOfType(tables, match.source, packet.source), match.negateSource) : true;
      const destination = match.destination
        ? said(isOfType(tables, match.destination, packet.destination), match.negateDestination)
        : true;
      if (source === false || destination === false) return false;
      return source === true && destination === true ? true : 'unknown';
    }
    case 'statistic':
      return match.probability <= 0 ? false : match.probability >= 1 ? true : 'unknown';
    default:
      return 'unknown';
  }
}

function within(prefix: Parameters<typeof contains>[0], address: IpAddress | undefined): Answer {
  return address === undefined ? 'unknown' : contains(prefix, address);
}

function inRange(ranges: readonly { readonly from: number; readonly to: number }[], port: number | undefined): Answer {
  return port === undefined ? 'unknown' : ranges.some(({ from, to }) => port >= from && port <= to);
}

function isOfType(tables: PathTables, type: string, address: IpAddress | undefined): Answer {
  if (address === undefined) return 'unknown';
  const route = tables.route(address);
  const found = isGroup(address)
    ? 'MULTICAST'
    : route?.type === 'local'
      ? 'LOCAL'
      : route?.type === 'broadcast'
        ? 'BROADCAST'
        : 'UNICAST';
  return found === type;
}
