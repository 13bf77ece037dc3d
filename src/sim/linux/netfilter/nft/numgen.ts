import { chance } from '../../../../base/chance.ts';
import type { Flow } from '../../../../datamodel/flow/flow.ts';
import type { Coin } from '../../../../datamodel/flow/step.ts';
import type { NftRule, NftTable, NftVerdict } from '../../../../datamodel/network/nftables.ts';
import { choose } from '../../choice.ts';
import type { Kernel } from '../../kernel.ts';
import { drawNumber } from '../draws.ts';

type Pick = NonNullable<Flow['pick']>;

/** The kernel scales 32 random bits to the modulus (nft_numgen.c, reciprocal_scale). */
const BITS = 2 ** 32;

/**
 * Draws `numgen random mod N`: chance for this rule and connection, so that nothing else in the run moves it. If the world has
 * a pick and some of the verdicts lead to it, one of those is drawn.
 * @param flow text that names the connection.
 */
export function drawVerdict(
  kernel: Kernel,
  table: NftTable,
  rule: NftRule,
  verdicts: readonly NftVerdict[],
  flow: string,
): { readonly index: number; readonly coin: Coin } {
  const { world, id } = kernel;
  const modulus = verdicts.length;
  const draw = drawNumber(kernel, `numgen ${rule.id} ${flow}`);
  const value = chance(world.seed, 'numgen', id, flow, rule.id, draw) / BITS;
  const scripted = choose(
    world,
    verdicts.map(() => 1),
  );
  if (scripted !== undefined) {
    const coin = { value: (scripted + value) / modulus, probability: 1 / modulus, picked: false };
    return { index: scripted, coin: { ...coin, number: { drawn: scripted, modulus } } };
  }
  const pick = world.pick;
  const wanted = pick ? verdicts.flatMap((verdict, i) => (leadsTo(table, verdict, pick, new Set()) ? [i] : [])) : [];
  const picked = wanted.length > 0;
  const index = picked ? wanted[Math.floor(value * wanted.length)]! : Math.floor(value * modulus);
  const coin = { value: picked ? (index + value) / modulus : value, probability: 1 / modulus, picked };
  return { index, coin: { ...coin, number: { drawn: index, modulus } } };
}

/** Whether a verdict ends, through jumps, in a dnat to the picked endpoint. */
function leadsTo(table: NftTable, verdict: NftVerdict, pick: Pick, seen: Set<string>): boolean {
  if (!('chain' in verdict) || seen.has(verdict.chain)) return false;
  seen.add(verdict.chain);
  const rules = table.chains.get(verdict.chain)?.rules ?? [];
  return rules.some(({ statements }) =>
    statements.some((statement) => {
      if (statement.type === 'dnat') return statement.address === pick.address && statement.port === pick.port;
      if (statement.type === 'verdict') return leadsTo(table, statement.verdict, pick, seen);
      if (statement.type === 'numgen') return statement.verdicts.some((each) => leadsTo(table, each, pick, seen));
      return false;
    }),
  );
}
