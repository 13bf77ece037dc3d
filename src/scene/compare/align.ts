/** A pair that belongs together, or one that has no counterpart. */
export interface Aligned<T> {
  readonly a?: T;
  readonly b?: T;
}

/**
 * Lays two lists side by side: what both have in the same order (a longest common subsequence by key) is paired, what only one
 * has stands between, a's before b's.
 */
export function align<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string): readonly Aligned<T>[] {
  const keysA = a.map(keyOf);
  const keysB = b.map(keyOf);
  const lengths = commonLengths(keysA, keysB);
  const width = b.length + 1;
  const rows: Aligned<T>[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && keysA[i] === keysB[j]) rows.push({ a: a[i++]!, b: b[j++]! });
    else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!))
      rows.push({ a: a[i++]! });
    else rows.push({ b: b[j++]! });
  }
  return rows;
}

/** How many keys the rests of both lists share, by where the rests begin. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  return lengths;
}
