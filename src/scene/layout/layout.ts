import type { ClusterView, PodView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { DetailLevel } from '../detail.ts';
import type { Involved } from '../involved.ts';
import { makeGrid, placeColumn } from './column.ts';
import { chooseColumns } from './columnChoice.ts';
import { type Metrics, metricsOf } from './metrics.ts';
import type { SceneLayout } from './model.ts';
import { podRowsWanted } from './pods.ts';
import { planNode } from './rows.ts';
import { stationFinder } from './stationFinder.ts';
import { drawnStations } from './stations.ts';
import { placeUnderlay } from './surroundings.ts';
import { placeTiles } from './tiles.ts';

export interface LayoutInput {
  readonly cluster: ClusterView;
  readonly level: DetailLevel;
  /** Of the view that the drawing is to fill, in pixels. The drawing can be larger. */
  readonly width: number;
  readonly height: number;
  readonly involved: Involved;
  /** Nodes that a person asked for, the latest first. */
  readonly chosen: readonly NetnsId[];
}

/** Of the underlay below a single node: room for its words, and for a host outside. */
const LEAST_BODY = 560;
/** Above and below the strip of tiles. */
const STRIP_MARGIN = 7;

/** Arranges the cluster: the same input gives the same picture, and nothing in it overlaps. */
export function layoutScene(input: LayoutInput): SceneLayout {
  const roomy = arrange(input, metricsOf(input.level, 'roomy'));
  return roomy.height <= input.height ? roomy : arrange(input, metricsOf(input.level, 'tight'));
}

function arrange(input: LayoutInput, metrics: Metrics): SceneLayout {
  const { cluster, level, involved } = input;
  const choice = chooseColumns(cluster.nodes, involved.nodes, input.chosen, input.width, metrics);
  const { columnWidth } = choice;
  const columnsWidth = choice.columns.length * (columnWidth + metrics.columnGap) - metrics.columnGap;
  const bodyWidth = Math.max(columnsWidth, Math.min(input.width - 2 * metrics.margin, LEAST_BODY));
  const width = Math.max(input.width, bodyWidth + 2 * metrics.margin);
  const left = (width - bodyWidth) / 2;
  const podsOf = groupPods(cluster.pods);
  const plans = choice.columns.map((node) => planNode(node, level, metrics));
  const measure = (podRows: number, spare: number) => makeGrid(plans, podRows, metrics, spare);
  const underlayHeight = placeUnderlay(
    cluster,
    { x: left, y: 0, width: bodyWidth, height: metrics.underlay },
    involved.outside,
  ).height;
  const spareAt = (podRows: number): number =>
    input.height - measure(podRows, 0).bottom - metrics.underlayGap - underlayHeight - metrics.bottom;
  let podRows = 1;
  if (level === 'cluster') {
    const most = Math.max(
      1,
      ...choice.columns.map((node) => podRowsWanted(podsOf.get(node.name)?.length ?? 0, columnWidth - 2 * metrics.pad)),
    );
    while (podRows < most && spareAt(podRows + 1) >= 0) podRows += 1;
  }
  const strip = { x: left, y: 0, width: bodyWidth };
  // the strip's first row stands beside the tools and costs nothing
  const moreRows = Math.max(
    0,
    placeTiles(choice.others, strip, spareAt(podRows)).height - metrics.bottom + 2 * STRIP_MARGIN,
  );
  const spare = Math.max(0, spareAt(podRows) - moreRows);
  const grid = measure(podRows, spare);
  const columnsLeft = left + Math.max(0, (bodyWidth - columnsWidth) / 2);
  const columns = choice.columns.map((node, i) =>
    placeColumn(
      {
        node,
        pods: podsOf.get(node.name) ?? [],
        hostPods: cluster.pods.filter((pod) => pod.hostNetwork && pod.node === node.name).length,
        plan: plans[i] ?? [],
        x: columnsLeft + i * (columnWidth + metrics.columnGap),
        width: columnWidth,
        onPath: involved.nodes.has(node.netns),
        pathPods: involved.pods,
      },
      grid,
      metrics,
      level,
    ),
  );
  const underlayArea = { x: left, y: grid.bottom + metrics.underlayGap, width: bodyWidth, height: metrics.underlay };
  const places = new Map<NetnsId, number>();
  choice.columns.forEach(({ router }, i) => {
    if (!places.has(router)) places.set(router, i);
  });
  const row = placeUnderlay(cluster, underlayArea, involved.outside, places);
  const { underlay, routers, outside, outsideFold } = row;
  const height = Math.max(input.height, underlayArea.y + underlayHeight + metrics.bottom + moreRows);
  const stripHeight = metrics.bottom + moreRows - STRIP_MARGIN;
  const tiles = placeTiles(choice.others, { ...strip, y: height - stripHeight }, spareAt(podRows));
  const drawing = {
    level,
    width,
    height,
    columns: columns.map((column, i) => {
      const own = choice.columns[i]?.router;
      const router = routers.find(({ netns }) => netns === own);
      return { ...column, lineY: row.lines.get(own ?? '') ?? underlay.lineY, ...(router && { router }) };
    }),
    underlay,
    routers,
    outside,
    outsideFold,
    tiles: tiles.tiles,
    ...(tiles.fold && { tileFold: tiles.fold }),
  };
  const stations = drawnStations(drawing, cluster);
  return { ...drawing, stations, stationOf: stationFinder(drawing, stations, cluster) };
}

/** What can be a box on a node: Pods with a network of their own that have been started there. */
function groupPods(pods: readonly PodView[]): ReadonlyMap<string, readonly PodView[]> {
  const groups = new Map<string, PodView[]>();
  for (const pod of pods) {
    if (pod.node === undefined || pod.hostNetwork || pod.address === undefined || pod.phase !== 'Running') continue;
    const group = groups.get(pod.node);
    if (group) group.push(pod);
    else groups.set(pod.node, [pod]);
  }
  return groups;
}
