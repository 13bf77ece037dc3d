import type { PrintedLine } from '../../datamodel/cluster/printed.ts';
import type { LitLines } from './lit.ts';

/** A line of a table, with its number in what the tool prints. */
export interface ShownLine extends PrintedLine {
  /** 1-based. */
  readonly number: number;
}

/** Rules before the one that matched were tried in vain: so many are shown with it. */
const TRIED_BEFORE = 3;

export function numbered(lines: readonly PrintedLine[]): readonly ShownLine[] {
  return lines.map((line, i) => ({ ...line, number: i + 1 }));
}

/** The lines to show: those that the packet met, when only they are wanted, and those in which every word occurs. */
export function shownLines(
  lines: readonly ShownLine[],
  lit: LitLines,
  metOnly: boolean,
  filter: string,
): readonly ShownLine[] {
  const kept = metOnly && lit.met.size > 0 ? met(lines, lit) : lines;
  const parts = filter.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return kept;
  return kept.filter(({ text }) => {
    const lower = text.toLowerCase();
    return parts.every((part) => lower.includes(part));
  });
}

function met(lines: readonly ShownLine[], lit: LitLines): readonly ShownLine[] {
  const keep = new Set<number>();
  lines.forEach((line, i) => {
    if (line.entry === undefined || !lit.met.has(line.entry)) return;
    keep.add(i);
    const chain = chainOf(line.text);
    if (chain === undefined) {
      const head = lines.findLastIndex(({ text }, j) => j < i && HEAD.test(text));
      if (head >= 0) keep.add(head);
      return;
    }
    const before: number[] = [];
    for (let j = i - 1; j >= 0 && chainOf(lines[j]?.text ?? '') === chain; j--) {
      if (lit.met.has(lines[j]?.entry ?? '')) break;
      before.push(j);
      if (before.length > TRIED_BEFORE) return;
    }
    for (const j of before) keep.add(j);
  });
  return lines.filter((_, i) => keep.has(i));
}

/** Where nft begins a chain, map or set: what stands in it does not repeat the name. */
const HEAD = /^\t(?:chain|map|set) /;

function chainOf(text: string): string | undefined {
  return /^-A (\S+)/.exec(text)?.[1];
}
