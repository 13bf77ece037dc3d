import type { DetailLevel } from '../detail.ts';

/** Distances of the drawing, in pixels at zoom 1. */
export interface Metrics {
  readonly margin: number;
  readonly columnGap: number;
  readonly minColumn: number;
  readonly maxColumn: number;
  readonly pad: number;
  readonly header: number;
  readonly podHeight: number;
  /** Between Pods and the first block: room for the cables' names, and for a capsule that waits. */
  readonly podGap: number;
  readonly blockGap: number;
  /** Before the tunnel's outer pass and the cable, where a capsule grows and shrinks. */
  readonly wideGap: number;
  readonly kernelTitle: number;
  readonly underlayGap: number;
  readonly underlay: number;
  /** From a column's edge to its lanes, and to the words beside them. */
  readonly lane: Readonly<Record<'down' | 'up', number>>;
  readonly text: number;
}

const PLUMBING: Metrics = {
  margin: 20,
  columnGap: 16,
  minColumn: 228,
  maxColumn: 300,
  pad: 10,
  header: 48,
  podHeight: 62,
  podGap: 50,
  blockGap: 8,
  wideGap: 8,
  kernelTitle: 24,
  underlayGap: 30,
  underlay: 50,
  lane: { down: 24, up: 39 },
  text: 52,
};

const METRICS: Readonly<Record<DetailLevel, Metrics>> = {
  cluster: { ...PLUMBING, minColumn: 208, blockGap: 16, wideGap: 34, podGap: 46 },
  plumbing: PLUMBING,
  kernel: { ...PLUMBING, minColumn: 316, maxColumn: 400 },
};

export function metricsOf(level: DetailLevel): Metrics {
  return METRICS[level];
}

export const TILE = { gap: 6, height: 30, labelled: 104, square: 24, rows: 3, top: 14 } as const;
