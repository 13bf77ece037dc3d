import { chance } from '../../../../base/chance.ts';
import type {
  NftChain,
  NftEnd,
  NftMatch,
  NftRule,
  NftStatement,
  NftTableName,
  NftVerdict,
} from '../../../../datamodel/network/nftables.ts';
import { hostPrefix, type IpAddress, type IpPrefix } from '../../../../wire/address.ts';

// The parts that kube-proxy's rules are made of, named as nft's words.

export const NEW: NftMatch = { type: 'ctState', states: ['new'] };
export const ACCEPT: NftVerdict = { type: 'accept' };
export const DROP: NftVerdict = { type: 'drop' };

export function goto(chain: string): NftVerdict {
  return { type: 'goto', chain };
}

export function verdict(what: NftVerdict): NftStatement {
  return { type: 'verdict', verdict: what };
}

export function jump(chain: string): NftStatement {
  return verdict({ type: 'jump', chain });
}

export function oneOf(end: NftEnd, prefixes: readonly IpPrefix[]): NftMatch {
  return { type: 'address', end, in: prefixes };
}

export function noneOf(end: NftEnd, prefixes: readonly IpPrefix[]): NftMatch {
  return { type: 'address', end, in: prefixes, negate: true };
}

export function is(end: NftEnd, address: IpAddress): NftMatch {
  return oneOf(end, [hostPrefix(address)]);
}

export function inSet(end: NftEnd, set: string): NftMatch {
  return { type: 'address', end, in: { set } };
}

export function isLocal(end: NftEnd): NftMatch {
  return { type: 'fibType', end, addressType: 'local' };
}

/** Statements of a rule, with its comment last when it has one. */
export type RuleText = readonly [readonly NftStatement[], string?];

/** A chain of rules whose ids are made of their content: the same rule keeps its id when its neighbours come and go. */
export function makeChain(table: NftTableName, name: string, rules: readonly RuleText[]): NftChain {
  const seen = new Map<string, number>();
  return {
    name,
    rules: rules.map(([statements, comment]): NftRule => {
      const content = chance(0, 'rule', JSON.stringify([statements, comment]));
      const id = `${table}/${name}/${content.toString(16).padStart(8, '0')}`;
      const earlier = seen.get(id) ?? 0;
      seen.set(id, earlier + 1);
      return { id: earlier === 0 ? id : `${id}-${earlier + 1}`, statements, ...(comment !== undefined && { comment }) };
    }),
  };
}
