import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import type { Chain, Match, Rule, TransportName } from '../../../datamodel/network/netfilter.ts';
import { type IpAddress, prefixContains } from '../../../wire/address.ts';

/** The first packet of a connection. */
export interface TestPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: TransportName;
  readonly port: number;
}

/** One way that a packet can go through a chain, given how the coins fall. */
export interface Outcome {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'dnat' | 'return';
  readonly endpoint?: string;
  readonly mark: number;
}

/**
 * All ways a NEW packet can go through a chain, in the manner of upstream's test tracer: both sides of every coin, no earlier
 * clients. `return` is the chain's end.
 */
export function walkChain(
  chains: ReadonlyMap<string, Chain>,
  name: string,
  packet: TestPacket,
  localAddresses: ReadonlySet<string>,
  mark = 0,
): readonly Outcome[] {
  const rules = chains.get(name)?.rules;
  if (!rules) throw new Error(`no chain ${name}`);
  return walkRules(rules, 0, mark);

  function walkRules(list: readonly Rule[], from: number, carried: number): readonly Outcome[] {
    for (let i = from; i < list.length; i++) {
      const rule = list[i];
      if (!rule?.matches.every((match) => matches(match, packet, localAddresses, carried))) continue;
      const tossed = rule.matches.some((match) => match.type === 'statistic');
      const taken = applied(rule, list, i, carried);
      if (!taken) continue;
      return tossed ? [...taken, ...walkRules(list, i + 1, carried)] : taken;
    }
    return [{ verdict: 'return', mark: carried }];
  }

  function applied(rule: Rule, list: readonly Rule[], i: number, carried: number): readonly Outcome[] | undefined {
    const { target } = rule;
    switch (target.type) {
      case 'none':
        return undefined;
      case 'MARK':
        return walkRules(list, i + 1, ((carried & ~target.mask) ^ target.value) >>> 0);
      case 'jump':
        return walkChain(chains, target.chain, packet, localAddresses, carried).flatMap((outcome) =>
          outcome.verdict === 'return' ? walkRules(list, i + 1, outcome.mark) : [outcome],
        );
      case 'ACCEPT':
        return [{ verdict: 'accept', mark: carried }];
      case 'DROP':
        return [{ verdict: 'drop', mark: carried }];
      case 'REJECT':
        return [{ verdict: 'reject', mark: carried }];
      case 'RETURN':
        return [{ verdict: 'return', mark: carried }];
      case 'DNAT': {
        const host = target.address?.includes(':') ? `[${target.address}]` : target.address;
        // The SEP chain's own hairpin rule saw this packet's source already.
        return [{ verdict: 'dnat', endpoint: `${host}:${target.ports?.from}`, mark: carried }];
      }
      default:
        throw new Error(`not expected here: ${target.type}`);
    }
  }
}

function matches(match: Match, packet: TestPacket, local: ReadonlySet<string>, mark: number): boolean {
  return holds(match, packet, local, mark) !== ('negate' in match && match.negate === true);
}

function holds(match: Match, packet: TestPacket, local: ReadonlySet<string>, mark: number): boolean {
  switch (match.type) {
    case 'source':
      return prefixContains(match.prefix, packet.source);
    case 'destination':
      return prefixContains(match.prefix, packet.destination);
    case 'protocol':
      return match.protocol === packet.protocol;
    case 'transport':
      return (
        match.protocol === packet.protocol &&
        (!match.destination || (match.destination.from <= packet.port && packet.port <= match.destination.to))
      );
    case 'multiport':
      return match.destination.some((range) => range.from <= packet.port && packet.port <= range.to);
    case 'comment':
    case 'statistic':
      return true;
    case 'mark':
      return (mark & match.mask) === match.value;
    case 'conntrack':
      return match.states.includes('NEW');
    case 'addrtype':
      return (
        (match.source === undefined || (match.source === 'LOCAL' && local.has(packet.source))) &&
        (match.destination === undefined || (match.destination === 'LOCAL' && local.has(packet.destination)))
      );
    case 'recent':
      return match.operation === 'set';
    case 'inInterface':
    case 'outInterface':
    case 'icmp':
    case 'set':
    case 'ipvs':
    case 'physdev':
      throw new Error(`not expected here: ${match.type}`);
    default:
      return assertUnreachable(match);
  }
}
