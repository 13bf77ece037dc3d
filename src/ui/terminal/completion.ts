/** A line while it is completed: what stands before and behind the word at the caret. */
export interface Word {
  readonly before: string;
  readonly word: string;
  readonly behind: string;
}

export function wordAt(line: string, caret: number): Word {
  const start = line.slice(0, caret).search(/[^ \t]*$/);
  return { before: line.slice(0, start), word: line.slice(start, caret), behind: line.slice(caret) };
}

/** What all candidates begin with; empty without candidates. */
export function commonPrefix(candidates: readonly string[]): string {
  const [first = '', ...others] = candidates;
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && other[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}

/** Puts a candidate in the word's place, with what comes behind it: a value or the next word. */
export function withChosen(
  { before, behind }: Word,
  candidate: string,
): { readonly line: string; readonly caret: number } {
  const next = /^\s*(?:sudo\s+)?sysctl\s.*-w\s/.test(before) ? '=' : ' ';
  const head = before + candidate + (behind.startsWith(next) ? '' : next);
  return { line: head + behind, caret: behind.startsWith(next) ? head.length + 1 : head.length };
}
