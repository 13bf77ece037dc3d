import type { DetailLevel } from '../detail.ts';

/** Distances of the drawing, in pixels at zoom 1. */
export interface Metrics {
  readonly margin: number;
  /** Below everything, where the stage's own tools stand. */
  readonly bottom: number;
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
  /** What the two may grow by where there is height to spare. */
  readonly mostGap: number;
  readonly mostWide: number;
  readonly kernelTitle: number;
  /** Height of a row of one line, and of two. */
  readonly line: number;
  readonly twoLines: number;
  readonly underlayGap: number;
  readonly underlay: number;
  /** From a column's edge to its lanes. */
  readonly lane: Readonly<Record<'down' | 'up', number>>;
}

const ROOMY: Metrics = {
  margin: 16,
  bottom: 38,
  columnGap: 16,
  minColumn: 228,
  maxColumn: 300,
  pad: 10,
  header: 46,
  podHeight: 60,
  podGap: 46,
  blockGap: 7,
  wideGap: 7,
  mostGap: 14,
  mostWide: 40,
  kernelTitle: 24,
  line: 21,
  twoLines: 37,
  underlayGap: 26,
  underlay: 46,
  lane: { down: 24, up: 39 },
};

/** For stages that are too low for {@link ROOMY}: the same, closer together. */
const TIGHT: Metrics = {
  ...ROOMY,
  margin: 6,
  bottom: 34,
  header: 40,
  podHeight: 55,
  podGap: 36,
  blockGap: 5,
  wideGap: 5,
  kernelTitle: 21,
  line: 18,
  twoLines: 32,
  underlayGap: 15,
  underlay: 42,
};

const LEVELS: Readonly<Record<DetailLevel, Partial<Metrics>>> = {
  cluster: { minColumn: 208, blockGap: 16, wideGap: 30, mostGap: 48, mostWide: 60 },
  plumbing: {},
  kernel: { minColumn: 316, maxColumn: 400 },
};

export function metricsOf(level: DetailLevel, density: 'roomy' | 'tight'): Metrics {
  return { ...(density === 'roomy' ? ROOMY : TIGHT), ...LEVELS[level] };
}
