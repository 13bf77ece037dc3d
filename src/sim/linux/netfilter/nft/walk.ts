import { assertUnreachable } from '../../../../base/assertUnreachable.ts';
import type { Coin } from '../../../../datamodel/flow/step.ts';
import type {
  NftAction,
  NftBaseChain,
  NftChain,
  NftRule,
  NftTable,
  NftVerdict,
  NftVerdictElement,
} from '../../../../datamodel/network/nftables.ts';
import { holds, looksUp } from './match.ts';
import { keyOf, type NftSubject } from './subject.ts';
import { actionText, verdictText } from './text.ts';

/** Jumps within jumps that are followed (NFT_JUMP_STACK_SIZE). */
const MAXIMUM_DEPTH = 16;

/** An element that a map had for the packet. */
interface Found {
  readonly map: string;
  readonly key: string;
  readonly element: NftVerdictElement;
}

/** A rule that held to its end, and what came of it. */
export interface MetRule {
  readonly chain: NftChain;
  readonly rule: NftRule;
  /** 1-based place in the chain. */
  readonly position: number;
  readonly outcome: string;
  readonly coin?: Coin;
  readonly lookup?: Found;
}

/** How a base chain's walk ended: by a statement that is the caller's to carry out, by a verdict, or by the policy. */
export interface Walked {
  readonly ended?: {
    readonly met: MetRule;
    readonly by: Extract<NftAction, { readonly type: 'dnat' | 'masquerade' | 'reject' }> | 'accept' | 'drop';
  };
  readonly rulesEvaluated: number;
  readonly lookups: number;
}

interface Frame {
  readonly chain: NftChain;
  next: number;
}

/** What a rule says; undefined: it did not hold. */
interface Said {
  readonly verdict: NftVerdict;
  readonly final?: Extract<NftAction, { readonly type: 'dnat' | 'masquerade' | 'reject' }>;
  readonly outcome: string;
  readonly coin?: Coin;
  readonly lookup?: Found;
}

/**
 * Evaluates a base chain for a packet (nf_tables_core.c, nft_do_chain).
 * @param onRule hears of every rule that holds, before what it says is done.
 */
export function walkBaseChain(
  table: NftTable,
  base: NftBaseChain,
  subject: NftSubject,
  onRule: (met: MetRule) => void,
): Walked {
  const stack: Frame[] = [{ chain: base, next: 0 }];
  const count = { rulesEvaluated: 0, lookups: 0 };
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const rule = frame.chain.rules[frame.next];
    if (rule === undefined) {
      stack.pop();
      continue;
    }
    frame.next++;
    count.rulesEvaluated++;
    const said = evaluate(rule, table, subject, count);
    if (said === undefined) continue;
    const { verdict, final, ...rest } = said;
    const met = { chain: frame.chain, rule, position: frame.next, ...rest };
    onRule(met);
    act(rule, table, subject);
    if (final !== undefined) return { ended: { met, by: final }, ...count };
    switch (verdict.type) {
      case 'accept':
      case 'drop':
        return { ended: { met, by: verdict.type }, ...count };
      case 'continue':
        break;
      case 'return':
        stack.pop();
        break;
      case 'jump':
      case 'goto': {
        const chain = table.chains.get(verdict.chain);
        if (chain === undefined) break;
        if (stack.length >= MAXIMUM_DEPTH) return { ended: { met, by: 'drop' }, ...count };
        if (verdict.type === 'goto') stack.pop();
        stack.push({ chain, next: 0 });
        break;
      }
      default:
        assertUnreachable(verdict);
    }
  }
  return count;
}

/** Asks a rule's statements in order, and changes nothing. */
function evaluate(rule: NftRule, table: NftTable, subject: NftSubject, count: { lookups: number }): Said | undefined {
  let outcome = 'continue';
  for (const statement of rule.statements) {
    switch (statement.type) {
      case 'vmap': {
        count.lookups++;
        const key = keyOf(subject, statement.key);
        const element = key === undefined ? undefined : table.maps.get(statement.map)?.elements.get(key);
        if (key === undefined || element === undefined) return undefined;
        const { verdict } = element;
        return { verdict, outcome: verdictText(verdict), lookup: { map: statement.map, key, element } };
      }
      case 'numgen': {
        count.lookups++;
        const { index, coin } = subject.draw(rule, statement.verdicts);
        const verdict = statement.verdicts[index];
        return verdict && { verdict, outcome: verdictText(verdict), coin };
      }
      case 'verdict':
        return { verdict: statement.verdict, outcome: verdictText(statement.verdict) };
      case 'dnat':
      case 'masquerade':
      case 'reject':
        return { verdict: { type: 'continue' }, final: statement, outcome: actionText(statement) };
      case 'setMark':
      case 'update':
        outcome = actionText(statement);
        break;
      default:
        if (looksUp(statement)) count.lookups++;
        if (!holds(statement, table, subject)) return undefined;
    }
  }
  return { verdict: { type: 'continue' }, outcome };
}

/** Does what a rule that held does on its way. */
function act(rule: NftRule, table: NftTable, subject: NftSubject): void {
  for (const statement of rule.statements) {
    if (statement.type === 'setMark') {
      const { operation, value } = statement;
      const { mark } = subject;
      subject.mark = (operation === 'or' ? mark | value : operation === 'xor' ? mark ^ value : mark & value) >>> 0;
    } else if (statement.type === 'update') {
      const set = table.sets.get(statement.set);
      const key = keyOf(subject, statement.key);
      if (set !== undefined && key !== undefined) subject.remember(set, key);
    }
  }
}
