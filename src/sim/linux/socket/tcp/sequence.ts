/*
 * Sequence numbers live on a circle of 2^32 (RFC 9293 section 3.4): "before" means less than half the circle behind.
 */

export function seqAdd(sequence: number, bytes: number): number {
  return (sequence + bytes) >>> 0;
}

/** How far `a` is ahead of `b`, negative when behind. */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0;
}

export function seqBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function seqAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

export function seqMax(a: number, b: number): number {
  return seqBefore(a, b) ? b : a;
}
