import type { Step } from '../../datamodel/flow/step.ts';

/** A rule that matched, by its place and what its target did. */
export function ruleSentence(step: Extract<Step, { type: 'rule' }>, here: string): string {
  const rule = `Rule ${step.position} of ${step.chain} (${step.table}, ${here}) matches`;
  const found = step.lookup ? `, for @${step.lookup.name} has ${step.lookup.key}` : '';
  const coin = step.coin ? `, for ${coinText(step.coin)}` : '';
  return `${rule}${found}${coin}: ${targetText(step.outcome)}`;
}

function coinText(coin: NonNullable<Extract<Step, { type: 'rule' }>['coin']>): string {
  const odds = `${(coin.probability * 100).toFixed(1).replace(/\.0$/, '')} %`;
  if (coin.number && !coin.picked) {
    return `the number drawn is ${coin.number.drawn} of ${coin.number.modulus} (${odds})`;
  }
  return coin.picked
    ? `the endpoint was picked by hand (it comes by chance with ${odds})`
    : `the coin fell on it (${odds})`;
}

/** Says what iptables' own words mean; the words themselves where they speak for themselves. */
function targetText(outcome: string): string {
  const jump = /^(?:jump|goto) (.+)$/.exec(outcome);
  if (jump) return `on to ${jump[1]}`;
  if (/^(?:MARK|mark set)\b/.test(outcome)) return `the packet is marked (${outcome})`;
  if (outcome === 'RETURN' || outcome === 'return') return 'back to the calling chain';
  if (outcome === 'ACCEPT') return 'accept';
  if (outcome === 'continue') return 'it only counts';
  return outcome;
}
