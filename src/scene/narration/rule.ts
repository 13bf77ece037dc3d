import type { Step } from '../../datamodel/flow/step.ts';

/** A rule that matched, by its place and what its target did. */
export function ruleSentence(step: Extract<Step, { type: 'rule' }>, here: string): string {
  const rule = `Rule ${step.position} of ${step.chain} (${step.table}, ${here}) matches`;
  const coin = step.coin ? `, for ${coinText(step.coin)}` : '';
  return `${rule}${coin}: ${targetText(step.outcome)}`;
}

function coinText(coin: NonNullable<Extract<Step, { type: 'rule' }>['coin']>): string {
  const odds = `${(coin.probability * 100).toFixed(1).replace(/\.0$/, '')} %`;
  return coin.picked
    ? `the endpoint was picked by hand (the coin falls here with ${odds})`
    : `the coin fell on it (${odds})`;
}

/** Says what iptables' own words mean; the words themselves where they speak for themselves. */
function targetText(outcome: string): string {
  const jump = /^(?:jump|goto) (.+)$/.exec(outcome);
  if (jump) return `on to ${jump[1]}`;
  if (outcome.startsWith('MARK')) return `the packet is marked (${outcome})`;
  if (outcome === 'RETURN') return 'back to the calling chain';
  if (outcome === 'ACCEPT') return 'accept';
  if (outcome === 'continue') return 'it only counts';
  return outcome;
}
