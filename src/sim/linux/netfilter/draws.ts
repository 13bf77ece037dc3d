import type { Kernel } from '../kernel.ts';

const counts = new WeakMap<Kernel, Map<string, number>>();

/**
 * How often chance was asked for the same thing in this run before, so that the second answer may differ from the first.
 *
 * Not the time, which would do as well: a rehearsal of a flow takes longer than the flow, and is to draw the same.
 */
export function drawNumber(kernel: Kernel, what: string): number {
  const drawn = counts.get(kernel) ?? new Map<string, number>();
  counts.set(kernel, drawn);
  const number = drawn.get(what) ?? 0;
  drawn.set(what, number + 1);
  return number;
}
