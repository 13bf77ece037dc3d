/**
 * How much of a node is drawn, coarsest first. `cluster`: Pods, nodes, underlay. `plumbing`: devices and hooks. `kernel`: the
 * tables at every hook as well.
 */
export type DetailLevel = 'cluster' | 'plumbing' | 'kernel';

export const DETAIL_LEVELS: readonly DetailLevel[] = ['cluster', 'plumbing', 'kernel'];
