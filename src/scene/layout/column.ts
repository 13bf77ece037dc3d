import type { NodeView, PodView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { DetailLevel } from '../detail.ts';
import type { Metrics } from './metrics.ts';
import type { Block, BlockKind, Column, Row } from './model.ts';
import { placePods, podRowsHeight } from './pods.ts';
import type { BlockPlan, RowPlan } from './rows.ts';

/** Heights that all columns share, so that what is alike stands side by side. */
export interface ColumnGrid {
  readonly top: number;
  readonly podRows: number;
  readonly podTop: number;
  readonly jogY: number;
  /** Top and height of each kind of block, for the kinds that any column has. */
  readonly blocks: ReadonlyMap<BlockKind, { readonly y: number; readonly height: number }>;
  readonly bottom: number;
}

const ORDER: readonly BlockKind[] = ['port', 'bridge', 'kernel', 'node', 'tunnel', 'outer', 'nic'];

/** How high a block of these rows is. */
export function blockHeight(block: BlockPlan, metrics: Metrics): number {
  const title = block.title ? metrics.kernelTitle : 0;
  const foot = block.title ? 6 : 0;
  return block.rows.reduce((sum, row) => sum + row.height, title + foot);
}

/** @param spare height that is left over: it goes where capsules stop, then between the blocks. */
export function makeGrid(
  plans: readonly (readonly BlockPlan[])[],
  podRows: number,
  metrics: Metrics,
  spare: number,
): ColumnGrid {
  const heights = new Map<BlockKind, number>();
  for (const plan of plans) {
    for (const block of plan)
      heights.set(block.kind, Math.max(heights.get(block.kind) ?? 0, blockHeight(block, metrics)));
  }
  const kinds = ORDER.filter((kind) => heights.has(kind));
  const wideBefore = (kind: BlockKind): boolean => kind === 'outer' || kind === 'nic';
  const wideCount = kinds.filter(wideBefore).length;
  const forWide = wideCount === 0 ? 0 : Math.min(metrics.mostWide, (spare * 0.6) / wideCount);
  const left = spare - forWide * wideCount;
  // the gap below the Pods is one, the first block has none above it but that
  const gaps = 1 + kinds.filter((kind, i) => i > 0 && !wideBefore(kind)).length;
  const perGap = Math.max(0, Math.min(metrics.mostGap, left / gaps));
  const top = metrics.margin + Math.max(0, left - perGap * gaps) / 2;
  const podTop = top + metrics.header;
  let y = podTop + podRowsHeight(podRows, metrics) + metrics.podGap + perGap;
  const jogY = y - 8;
  const blocks = new Map<BlockKind, { y: number; height: number }>();
  kinds.forEach((kind, i) => {
    if (i > 0) y += wideBefore(kind) ? metrics.wideGap + forWide : metrics.blockGap + perGap;
    const height = heights.get(kind) ?? 0;
    blocks.set(kind, { y, height });
    y += height;
  });
  return { top, podRows, podTop, jogY, blocks, bottom: y + metrics.pad };
}

export interface ColumnInput {
  readonly node: NodeView;
  readonly pods: readonly PodView[];
  readonly hostPods: number;
  readonly plan: readonly BlockPlan[];
  readonly x: number;
  readonly width: number;
  readonly onPath: boolean;
  readonly pathPods: ReadonlySet<NetnsId>;
}

export function placeColumn(input: ColumnInput, grid: ColumnGrid, metrics: Metrics, level: DetailLevel): Column {
  const { node, pods, plan, x, width, onPath, pathPods } = input;
  const inner = { x: x + metrics.pad, width: width - 2 * metrics.pad };
  const podArea = { ...inner, y: grid.podTop, height: podRowsHeight(grid.podRows, metrics) };
  const placed = placePods(node.netns, pods, pathPods, podArea, grid.podRows, metrics, level);
  const blocks = plan.flatMap((block) => {
    const slot = grid.blocks.get(block.kind);
    return slot ? [placeBlock(block, { ...inner, ...slot }, metrics)] : [];
  });
  return {
    netns: node.netns,
    name: node.name,
    address: node.address,
    podRange: node.podBlocks
      ? `blocks ${node.podBlocks.join(', ') || 'none yet'}`
      : node.podCidr && `podCIDR ${node.podCidr}`,
    ready: node.ready,
    controlPlane: node.controlPlane,
    proxyRunning: node.proxyRunning,
    box: { x, y: grid.top, width, height: grid.bottom - grid.top },
    onPath,
    ...placed,
    hostPods: input.hostPods,
    podArea,
    blocks,
    laneX: { down: x + metrics.lane.down, up: x + metrics.lane.up },
    jogY: grid.jogY,
    laneTop: blocks[0]?.box.y ?? grid.jogY,
    lineY: grid.bottom,
  };
}

function placeBlock(block: BlockPlan, box: Block['box'], metrics: Metrics): Block {
  let y = box.y + (block.title ? metrics.kernelTitle : 0);
  const rows = block.rows.map((plan: RowPlan): Row => {
    const row = { box: { x: box.x, y, width: box.width, height: plan.height }, faces: plan.faces };
    y += plan.height;
    return row;
  });
  return { kind: block.kind, box, rows, ...(block.title && { title: block.title }) };
}
