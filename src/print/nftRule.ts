import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { PortRange } from '../datamodel/network/netfilter.ts';
import type {
  NftFamily,
  NftKeyPart,
  NftMatch,
  NftRule,
  NftStatement,
  NftVerdict,
} from '../datamodel/network/nftables.ts';
import {
  addressBits,
  compareAddresses,
  familyOf,
  formatPrefix,
  type IpPrefix,
  networkOf,
  prefixContains,
} from '../wire/address.ts';

/** One rule as `nft list` prints it. */
export function printNftRule({ statements, comment }: NftRule, family: NftFamily): string {
  const text = statements.map((statement) => printStatement(statement, family)).join(' ');
  return comment === undefined ? text : `${text} comment "${comment}"`;
}

export function printVerdict(verdict: NftVerdict): string {
  return 'chain' in verdict ? `${verdict.type} ${verdict.chain}` : verdict.type;
}

const OPERATORS = { or: '|', xor: '^', and: '&' } as const;

function printStatement(statement: NftStatement, family: NftFamily): string {
  switch (statement.type) {
    case 'vmap':
      return `${printKey(statement.key, family)} vmap @${statement.map}`;
    case 'numgen': {
      const elements = statement.verdicts.map((verdict, i) => `${i} : ${printVerdict(verdict)}`);
      return `numgen random mod ${elements.length} vmap { ${elements.join(', ')} }`;
    }
    case 'setMark':
      return `meta mark set meta mark ${OPERATORS[statement.operation]} ${hex(statement.value)}`;
    case 'update':
      return `update @${statement.set} { ${printKey(statement.key, family)} }`;
    case 'dnat':
      return `dnat to ${family === 'ip6' ? `[${statement.address}]` : statement.address}:${statement.port}`;
    case 'masquerade':
      return statement.fullyRandom ? 'masquerade fully-random' : 'masquerade';
    case 'reject':
      return 'reject';
    case 'verdict':
      return printVerdict(statement.verdict);
    default:
      return printMatch(statement, family);
  }
}

function printMatch(match: NftMatch, family: NftFamily): string {
  const not = match.negate ? '!= ' : '';
  switch (match.type) {
    case 'address': {
      const what = 'set' in match.in ? `@${match.in.set}` : oneOrMany(sortPrefixes(match.in).map(printPrefix));
      return `${family} ${match.end} ${not}${what}`;
    }
    case 'port':
      return `${match.protocol} ${match.end} ${not}${oneOrMany(match.ports.map(printPorts))}`;
    case 'l4proto':
      return `meta l4proto ${not}${match.protocol}`;
    case 'interface':
      return `${match.which} ${not}"${match.name}"`;
    case 'mark':
      // nft leaves a mask of all bits out.
      if (match.mask === 0xffffffff) return `meta mark ${match.negate ? '!= ' : ''}${hex(match.value)}`;
      return `meta mark & ${hex(match.mask)} ${match.negate ? '!=' : '=='} ${hex(match.value)}`;
    case 'ctState':
      return `ct state ${not}${match.states.join(',')}`;
    case 'fibType':
      return `fib ${match.end} type ${not}${match.addressType}`;
    default:
      return assertUnreachable(match);
  }
}

/** nft lists them by address, and merges what lies in another. */
function sortPrefixes(prefixes: readonly IpPrefix[]): readonly IpPrefix[] {
  const sorted = prefixes.map(networkOf).sort((a, b) => compareAddresses(a.address, b.address) || a.length - b.length);
  const kept: IpPrefix[] = [];
  for (const prefix of sorted) {
    if (!kept.some((wider) => prefixContains(wider, prefix.address))) kept.push(prefix);
  }
  return kept;
}

/** nft writes an anonymous set of one as what is in it. */
function oneOrMany(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] ?? '') : `{ ${texts.join(', ')} }`;
}

function printPrefix(prefix: IpPrefix): string {
  return prefix.length === addressBits(familyOf(prefix.address)) ? prefix.address : formatPrefix(prefix);
}

function printPorts({ from, to }: PortRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

function printKey(parts: readonly NftKeyPart[], family: NftFamily): string {
  return parts.map((part) => printKeyPart(part, family)).join(' . ');
}

function printKeyPart(part: NftKeyPart, family: NftFamily): string {
  switch (part) {
    case 'saddr':
    case 'daddr':
      return `${family} ${part}`;
    case 'l4proto':
      return 'meta l4proto';
    case 'sport':
    case 'dport':
      return `th ${part}`;
    default:
      return assertUnreachable(part);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
