import type { PrintedLine } from '../../datamodel/cluster/printed.ts';

/** A line that went, came, or stands beside one that did. */
export interface DiffLine {
  readonly sign: '+' | '−' | ' ';
  readonly text: string;
  /** 1-based, in what is printed now; absent for lines that went. */
  readonly number?: number;
}

export interface LineDiff {
  readonly lines: readonly DiffLine[];
  readonly went: number;
  readonly came: number;
}

/** Unchanged lines that are shown on either side of a change. */
const CONTEXT = 1;

/**
 * How two printed tables differ. Lines are matched by their words and the block that they stand in, in time that grows with
 * their number only: tables of ten thousand Services are compared, too.
 */
export function lineDiff(before: readonly PrintedLine[], after: readonly PrintedLine[]): LineDiff {
  const kept = keptPairs(keysOf(before), keysOf(after));
  const all: DiffLine[] = [];
  let [i, j] = [0, 0];
  for (const [oldAt, newAt] of [...kept, [before.length, after.length] as const]) {
    for (; i < oldAt; i++) all.push({ sign: '−', text: before[i]?.text ?? '' });
    for (; j < newAt; j++) all.push({ sign: '+', text: after[j]?.text ?? '', number: j + 1 });
    const same = after[newAt];
    if (same) all.push({ sign: ' ', text: same.text, number: newAt + 1 });
    i = oldAt + 1;
    j = newAt + 1;
  }
  return {
    lines: all.filter((line, at) => line.sign !== ' ' || isBesideChange(all, at)),
    went: before.length - kept.length,
    came: after.length - kept.length,
  };
}

function isBesideChange(lines: readonly DiffLine[], at: number): boolean {
  return lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== ' ');
}

/** What tells lines apart: their words, and the lines above that they are indented under; a bracket closes what it closes. */
function keysOf(lines: readonly PrintedLine[]): readonly string[] {
  const heads: string[] = [];
  return lines.map(({ text }) => {
    const depth = text.length - text.trimStart().length;
    const opened = heads[depth] ?? '';
    const under = heads.findLast((_, at) => at < depth) ?? '';
    const isClose = text.trim() === '}';
    const key = `${isClose ? opened : under}\n${text}`;
    heads.length = depth + 1;
    heads[depth] = key;
    return key;
  });
}

/** Pairs of places of equal lines that follow each other in both texts: the longest ascending run of the matches. */
function keptPairs(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const places = new Map<string, number[]>();
  for (let j = after.length - 1; j >= 0; j--) {
    const key = after[j] ?? '';
    const known = places.get(key);
    if (known) known.push(j);
    else places.set(key, [j]);
  }
  const matches: { readonly pair: readonly [number, number]; readonly previous: number }[] = [];
  // of all runs of one length, the one whose last match comes soonest
  const ends: number[] = [];
  before.forEach((key, i) => {
    const j = places.get(key)?.pop();
    if (j === undefined) return;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((matches[ends[middle] ?? 0]?.pair[1] ?? 0) < j) low = middle + 1;
      else high = middle;
    }
    matches.push({ pair: [i, j], previous: ends[low - 1] ?? -1 });
    ends[low] = matches.length - 1;
  });
  const kept: (readonly [number, number])[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = matches[at]?.previous ?? -1) {
    const match = matches[at];
    if (match) kept.push(match.pair);
  }
  return kept.reverse();
}
