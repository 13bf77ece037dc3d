import { once } from '../../../../base/kept.ts';
import type { Chain, Rule, RuleLookup } from '../../../../datamodel/network/netfilter.ts';
import { withUniqueIds } from '../../netfilter/tableChanges.ts';
import type { ServiceIndex } from '../serviceIndex.ts';
import type { SharedCount } from './ruleCount.ts';

/**
 * A chain into which all service ports write, in their order: a packet has the rules made of those service ports alone that
 * have its destination.
 * @param rulesOf of the service port at a place of the index, as many as were counted.
 * @param last what comes behind all service ports, for every packet.
 */
export function longChain(
  name: string,
  index: ServiceIndex,
  { total, before }: SharedCount,
  rulesOf: (place: number) => readonly Rule[],
  last: readonly Rule[],
): Chain {
  const made = new Map<number, readonly Rule[]>();
  const makeAt = (place: number): readonly Rule[] => {
    const rules = made.get(place) ?? withUniqueIds(rulesOf(place));
    made.set(place, rules);
    return rules;
  };
  const tail = last.map((_, i) => total + i);
  const lookup: RuleLookup = {
    length: total + last.length,
    at: (position) => {
      if (position >= total) return last[position - total];
      const place = writerOf(before, position);
      return makeAt(place)[position - (before[place] ?? 0)];
    },
    places: (destination, protocol, port) => {
      const near = index.at(destination);
      const onNode = protocol === undefined || port === undefined ? [] : index.onNode(protocol, port);
      const writers = onNode.length === 0 ? near : [...new Set([...near, ...onNode])].sort((a, b) => a - b);
      const positions = writers.flatMap((place) => {
        const [first = total, end = total] = [before[place], before[place + 1]];
        return Array.from({ length: end - first }, (_, i) => first + i);
      });
      return [...positions, ...tail];
    },
  };
  const all = once(() => withUniqueIds([...index.services.flatMap((_, place) => makeAt(place)), ...last]));
  const chain: Chain = {
    name,
    get rules() {
      return all();
    },
  };
  // a copy with other rules is not to be looked through by these
  return Object.defineProperty(chain, 'lookup', { value: lookup });
}

/** Who wrote the rule at a position: the last whose own begin there or before. */
function writerOf(before: Uint32Array, position: number): number {
  let low = 0;
  let high = before.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((before[middle] ?? 0) <= position) low = middle;
    else high = middle;
  }
  return low;
}
