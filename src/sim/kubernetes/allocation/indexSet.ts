interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** A set of whole numbers as spans: a million neighbours cost no more than one number. */
export class IndexSet {
  /** Ascending; never two that touch. */
  #spans: Span[] = [];

  get size(): bigint {
    return this.#spans.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
  }

  has(index: bigint): boolean {
    return this.#spanAt(index) !== undefined;
  }

  /** Whether all numbers from first to last are in it. */
  hasAll(first: bigint, last: bigint): boolean {
    const span = this.#spanAt(first);
    return span !== undefined && span.last >= last;
  }

  add(first: bigint, last: bigint): void {
    const touches = (span: Span): boolean => span.first <= last + 1n && span.last >= first - 1n;
    const joined = this.#spans.filter(touches);
    const merged = {
      first: joined.reduce((lowest, span) => (span.first < lowest ? span.first : lowest), first),
      last: joined.reduce((highest, span) => (span.last > highest ? span.last : highest), last),
    };
    const before = this.#spans.filter((span) => span.last < first - 1n);
    const after = this.#spans.filter((span) => span.first > last + 1n);
    this.#spans = [...before, merged, ...after];
  }

  delete(first: bigint, last: bigint): void {
    this.#spans = this.#spans.flatMap((span) => {
      if (span.last < first || span.first > last) return [span];
      const kept: Span[] = [];
      if (span.first < first) kept.push({ first: span.first, last: first - 1n });
      if (span.last > last) kept.push({ first: last + 1n, last: span.last });
      return kept;
    });
  }

  /** The first number from `from` on that is not in it. */
  firstGapFrom(from: bigint): bigint {
    const span = this.#spanAt(from);
    return span === undefined ? from : span.last + 1n;
  }

  #spanAt(index: bigint): Span | undefined {
    return this.#spans.find(({ first, last }) => first <= index && index <= last);
  }
}
