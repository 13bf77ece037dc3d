import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import type { StepDetail } from '../../../datamodel/flow/step.ts';
import { lateParts } from '../lateParts.ts';
import { candidates, lookedUp } from './chainIndex.ts';
import type { Coin } from './coin.ts';
import { fellOnRule, toss } from './coin.ts';
import { masqueradeRange } from './masquerade.ts';
import { setUpNat } from './nat.ts';
import type { Packet } from './packet.ts';
import type { CompiledChain, CompiledRule, CompiledTable } from './ruleset.ts';
import { tupleKey, tupleOf } from './tuple.ts';
import type { NatRange } from './uniqueTuple.ts';
import type { TableVerdict } from './verdict.ts';
import { ruleRef, targetText } from './verdict.ts';

/** Jumps within jumps that are followed; the kernel refuses tables that would need more. */
const MAXIMUM_DEPTH = 128;

interface Frame {
  readonly chain: CompiledChain;
  readonly places: Iterator<number>;
  /** 0-based place of the rule to be tried next. */
  next: number;
}

/** What a walk has asked so far. */
interface Effort {
  rules: number;
  lookups: number;
}

/** What a rule's target makes of the walk. */
type Outcome = 'continue' | 'return' | TableVerdict | { readonly enter: string; readonly comeBack: boolean };

/**
 * Walks one table's chains for a packet (ip_tables.c, ipt_do_table): a step for every rule that matches, then one for the
 * whole walk with the number of rules tried.
 * @returns undefined when the table has nothing at this hook.
 */
export function walkTable(table: CompiledTable, packet: Packet): TableVerdict | undefined {
  const base = table.chain(packet.hook);
  if (base === undefined || (base.rules.length === 0 && base.policy !== 'DROP')) return undefined;
  const stack: Frame[] = [enter(base, packet)];
  const effort: Effort = { rules: 0, lookups: 0 };
  let ended: TableVerdict | undefined;
  for (let frame = stack.at(-1); frame !== undefined && ended === undefined; frame = stack.at(-1)) {
    const place = frame.places.next();
    const tried = place.done ? frame.chain.rules.length : place.value + 1;
    effort.rules += tried - frame.next;
    frame.next = tried;
    const rule = place.done ? undefined : frame.chain.rules.at(place.value);
    if (rule === undefined) stack.pop();
    else ended = follow(stack, table, frame.chain, rule, packet, effort);
  }
  const verdict: TableVerdict = ended ?? { verdict: base.policy === 'DROP' ? 'drop' : 'accept' };
  const detail: StepDetail = {
    type: 'hook',
    table: table.name,
    chain: base.name,
    verdict: verdict.verdict,
    rulesEvaluated: effort.rules,
    policy: ended === undefined,
    ...(effort.lookups > 0 && { lookups: effort.lookups }),
  };
  packet.kernel.world.recorder.step(packet.kernel.id, packet.skb, detail, { hook: packet.hook });
  return verdict;
}

function enter(chain: CompiledChain, packet: Packet): Frame {
  return { chain, places: hopeful(chain, packet), next: 0 };
}

function hopeful({ index, lookup, rules }: CompiledChain, packet: Packet): Iterator<number> {
  if (lookup !== undefined) return lookedUp(lookup, packet).values();
  return index === undefined ? places(rules.length) : candidates(index, packet, 0);
}

function* places(length: number): Generator<number> {
  for (let place = 0; place < length; place++) yield place;
}

/** Tries one rule and, if it matches, does what it says. @returns the verdict if that ends the walk. */
function follow(
  stack: Frame[],
  table: CompiledTable,
  chain: CompiledChain,
  rule: CompiledRule,
  packet: Packet,
  effort: Effort,
): TableVerdict | undefined {
  const tossed: Coin[] = [];
  if (!matches(table, chain, rule, packet, tossed, effort)) return undefined;
  recordRule(table, chain, rule, packet, tossed.at(-1));
  const outcome = execute(rule, packet);
  if (outcome === 'continue') return undefined;
  if (outcome === 'return') stack.pop();
  else if ('enter' in outcome) {
    const next = table.chain(outcome.enter);
    if (next === undefined) return undefined;
    if (stack.length >= MAXIMUM_DEPTH) return { verdict: 'drop', rule: rule.rule };
    if (!outcome.comeBack) stack.pop();
    stack.push(enter(next, packet));
  } else return outcome;
  return undefined;
}

function matches(
  table: CompiledTable,
  chain: CompiledChain,
  rule: CompiledRule,
  packet: Packet,
  tossed: Coin[],
  effort: Effort,
): boolean {
  for (const step of rule.steps) {
    if ('test' in step) {
      if (step.asksSet) effort.lookups++;
      if (!step.test(packet)) return false;
      continue;
    }
    const coin = toss(packet.kernel, table, chain, rule, step.probability, flowText(packet));
    tossed.push(coin);
    if (!fellOnRule(coin)) return false;
  }
  return true;
}

function flowText({ skb }: Packet): string {
  const tuple = skb.meta.connection?.original ?? tupleOf(skb.bytes, skb.networkOffset);
  return tuple === undefined ? '' : tupleKey(tuple);
}

function recordRule(
  table: CompiledTable,
  chain: CompiledChain,
  { rule, position }: CompiledRule,
  { kernel, skb, hook }: Packet,
  coin: Coin | undefined,
): void {
  const outcome = targetText(rule.target);
  kernel.world.recorder.step(
    kernel.id,
    skb,
    { type: 'rule', table: table.name, chain: chain.name, position, outcome, ...(coin && { coin }) },
    { hook, entry: ruleRef(kernel, rule) },
  );
}

function execute({ rule }: CompiledRule, packet: Packet): Outcome {
  const { target } = rule;
  const { kernel, skb } = packet;
  switch (target.type) {
    case 'ACCEPT':
      return { verdict: 'accept', rule };
    case 'DROP':
      return { verdict: 'drop', rule };
    case 'RETURN':
      return 'return';
    case 'jump':
      return { enter: target.chain, comeBack: true };
    case 'goto':
      return { enter: target.chain, comeBack: false };
    case 'REJECT': {
      const icmp = lateParts().sendRejection(kernel, skb, target.with);
      return { verdict: 'drop', rule, ...(icmp && { icmp }) };
    }
    case 'MARK':
      skb.meta.mark = ((skb.meta.mark & ~target.mask) ^ target.value) >>> 0;
      return 'continue';
    case 'CONNMARK':
      if (skb.meta.connection)
        skb.meta.connection.mark = ((skb.meta.connection.mark & ~target.mask) ^ target.value) >>> 0;
      return 'continue';
    case 'CONNMARK-restore':
      if (skb.meta.connection)
        skb.meta.mark = ((skb.meta.mark & ~target.nfmask) ^ (skb.meta.connection.mark & target.ctmask)) >>> 0;
      return 'continue';
    case 'DNAT':
      return translate(packet, rule, target, 'destination');
    case 'SNAT':
      return translate(packet, rule, target, 'source');
    case 'MASQUERADE': {
      const range = masqueradeRange(packet, target);
      return range === undefined ? { verdict: 'drop', rule } : translate(packet, rule, range, 'source');
    }
    case 'NOTRACK':
      if (skb.meta.connection === undefined) skb.meta.connectionState = 'UNTRACKED';
      return 'continue';
    case 'none':
      return 'continue';
    default:
      return assertUnreachable(target);
  }
}

function translate(
  { kernel, skb }: Packet,
  rule: CompiledRule['rule'],
  range: NatRange,
  manip: 'source' | 'destination',
): TableVerdict {
  const { connection } = skb.meta;
  if (connection !== undefined) setUpNat(kernel, connection, range, manip);
  return { verdict: 'accept', rule };
}
