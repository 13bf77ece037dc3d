import type { NodeView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Metrics } from './metrics.ts';

export interface ColumnChoice {
  readonly columns: readonly NodeView[];
  readonly others: readonly NodeView[];
  readonly columnWidth: number;
}

/**
 * Which nodes stand as columns: all of the path and what a person chose, then others while there is room. They keep the
 * cluster's order, so that a column stays where it is from one request to the next.
 * @param chosen the latest choice first.
 */
export function chooseColumns(
  nodes: readonly NodeView[],
  onPath: ReadonlySet<NetnsId>,
  chosen: readonly NetnsId[],
  width: number,
  metrics: Metrics,
): ColumnChoice {
  const inside = width - 2 * metrics.margin;
  const fit = Math.max(1, Math.floor((inside + metrics.columnGap) / (metrics.minColumn + metrics.columnGap)));
  const picked = new Set<NetnsId>();
  for (const node of nodes) if (onPath.has(node.netns)) picked.add(node.netns);
  const [latest, ...earlier] = chosen.filter((netns) => nodes.some((node) => node.netns === netns));
  if (latest !== undefined) picked.add(latest);
  const wishes = [...earlier, ...nodes.map((node) => node.netns)];
  for (const netns of wishes) if (picked.size < fit) picked.add(netns);
  const columns = nodes.filter((node) => picked.has(node.netns));
  const count = Math.max(1, columns.length);
  const share = Math.floor((inside + metrics.columnGap) / count - metrics.columnGap);
  const columnWidth = Math.max(metrics.minColumn, Math.min(metrics.maxColumn, share));
  return { columns, others: nodes.filter((node) => !picked.has(node.netns)), columnWidth };
}
