import { chance } from '../../../base/chance.ts';
import type { Flow } from '../../../datamodel/flow/flow.ts';
import type { Target } from '../../../datamodel/network/netfilter.ts';
import { choose } from '../choice.ts';
import type { Kernel } from '../kernel.ts';
import { drawNumber } from './draws.ts';
import type { CompiledChain, CompiledRule, CompiledTable } from './ruleset.ts';

/** A toss of `-m statistic`: the rule matches if `value` is below `probability`. */
export interface Coin {
  readonly value: number;
  readonly probability: number;
  /** A person chose the endpoint, and the coin obeyed. */
  readonly picked: boolean;
}

type Pick = NonNullable<Flow['pick']>;

/** The kernel compares 31 random bits (xt_statistic.c). */
const STEPS = 2 ** 31;

/**
 * Tosses a rule's coin: chance for this rule and connection, so that nothing else in the run moves it. If the world has a pick and
 * exactly some rules of the chain lead to it, the coin falls towards them.
 * @param flow text that names the connection.
 */
export function toss(
  kernel: Kernel,
  table: CompiledTable,
  chain: CompiledChain,
  rule: CompiledRule,
  probability: number,
  flow: string,
): Coin {
  const { world, id } = kernel;
  const draw = drawNumber(kernel, `coin ${rule.rule.id} ${flow}`);
  const value = (chance(world.seed, 'coin', id, flow, rule.rule.id, draw) >>> 1) / STEPS;
  const scripted = choose(world, [probability, 1 - probability]);
  if (scripted !== undefined) return { value: fallOn(scripted === 0, value, probability), probability, picked: false };
  const wanted = world.pick && wantedSide(table, chain, rule, world.pick);
  const side = wanted === undefined || !canFall(wanted, probability) ? undefined : wanted;
  if (side === undefined) return { value, probability, picked: false };
  return { value: fallOn(side, value, probability), probability, picked: true };
}

export function fellOnRule({ value, probability }: Coin): boolean {
  return Math.floor(value * STEPS) < Math.round(probability * STEPS);
}

/** The coin's value, moved to the side where the rule matches or the other. */
function fallOn(matches: boolean, value: number, probability: number): number {
  return matches ? value * probability : probability + value * (1 - probability);
}

function canFall(matches: boolean, probability: number): boolean {
  const threshold = Math.round(probability * STEPS);
  return matches ? threshold > 0 : threshold < STEPS;
}

/** Whether the rule should match for the pick's sake; undefined where no rule of the chain leads there. */
function wantedSide(table: CompiledTable, chain: CompiledChain, rule: CompiledRule, pick: Pick): boolean | undefined {
  const leading = leadingRules(table, chain, pick);
  if (leading.has(rule.position)) return true;
  for (const position of leading) if (position > rule.position) return false;
  return undefined;
}

/** By table: tables share chains, and what a jump leads to is the table's own. */
const leadingOf = new WeakMap<CompiledTable, Map<string, ReadonlySet<number>>>();

/** Positions of the chain's rules that end, through jumps, in a DNAT to the picked endpoint. */
function leadingRules(table: CompiledTable, chain: CompiledChain, pick: Pick): ReadonlySet<number> {
  const known = leadingOf.get(table) ?? new Map<string, ReadonlySet<number>>();
  leadingOf.set(table, known);
  const key = `${chain.name} ${pick.address}:${pick.port}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const positions = [...chain.rules].filter(({ rule }) => leadsTo(table, rule.target, pick, new Set([chain.name])));
  const found = new Set(positions.map(({ position }) => position));
  known.set(key, found);
  return found;
}

function leadsTo(table: CompiledTable, target: Target, pick: Pick, seen: Set<string>): boolean {
  if (target.type === 'DNAT') {
    if (target.address !== pick.address) return false;
    return target.ports === undefined || (target.ports.from <= pick.port && pick.port <= target.ports.to);
  }
  if ((target.type !== 'jump' && target.type !== 'goto') || seen.has(target.chain)) return false;
  seen.add(target.chain);
  for (const { rule } of table.chain(target.chain)?.rules ?? []) {
    if (leadsTo(table, rule.target, pick, seen)) return true;
  }
  return false;
}
