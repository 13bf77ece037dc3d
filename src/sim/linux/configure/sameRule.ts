import type { RuleSpec } from '../../../datamodel/network/edit.ts';
import type { Match, Target } from '../../../datamodel/network/netfilter.ts';
import { networkOf } from '../../../wire/address.ts';

/** Whether two rules say the same, however they were written down. */
export function sameRule(a: RuleSpec, b: RuleSpec): boolean {
  return (
    a.matches.length === b.matches.length &&
    sameValue(a.target, b.target) &&
    a.matches.every((match, i) => sameValue(plain(match), plain(b.matches[i])))
  );
}

const NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, sctp: 132 };

/** A match in one of its equal notations. */
function plain(match: Match | undefined): unknown {
  switch (match?.type) {
    case 'source':
    case 'destination':
      return { ...match, prefix: networkOf(match.prefix) };
    case 'protocol':
      return { ...match, protocol: typeof match.protocol === 'number' ? match.protocol : NUMBERS[match.protocol] };
    case 'conntrack':
      return { ...match, states: match.states.toSorted() };
    case 'statistic':
      return { ...match, probability: Math.round(match.probability * 0x80000000) };
    default:
      return match;
  }
}

/** Deep equality of plain data; what is false and what is absent are one. */
function sameValue(a: Target | unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = new Map(Object.entries(a).filter(isSaid));
  const right = new Map(Object.entries(b).filter(isSaid));
  return (
    left.size === right.size && [...left].every(([key, value]) => right.has(key) && sameValue(value, right.get(key)))
  );
}

function isSaid([, value]: readonly [string, unknown]): boolean {
  return value !== undefined && value !== false;
}
