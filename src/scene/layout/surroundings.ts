import type { ClusterView, NodeView, OutsideView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { UNDERLAY } from '../../datamodel/network/netnsId.ts';
import type { Box } from '../geometry.ts';
import { textWidth } from '../textFit.ts';
import { TILE } from './metrics.ts';
import type { OutsideBox, Tile, TileFold, UnderlayBar } from './model.ts';

const OUTSIDE_HEIGHT = 30;
const OUTSIDE_GAP = 6;
const MOST_OUTSIDE = 2;

export interface UnderlayRow {
  readonly underlay: UnderlayBar;
  readonly outside: readonly OutsideBox[];
  readonly outsideFold: number;
  readonly height: number;
}

/** The bar between the nodes, and the hosts outside at its right end. */
export function placeUnderlay(
  cluster: ClusterView,
  area: { x: number; y: number; width: number; height: number },
  onPath: ReadonlySet<NetnsId>,
): UnderlayRow {
  const wanted = [...cluster.outside].sort((a, b) => Number(onPath.has(b.netns)) - Number(onPath.has(a.netns)));
  const shown = wanted.slice(
    0,
    Math.max(MOST_OUTSIDE, cluster.outside.filter((host) => onPath.has(host.netns)).length),
  );
  const stack = shown.length * OUTSIDE_HEIGHT + Math.max(0, shown.length - 1) * OUTSIDE_GAP;
  const height = Math.max(area.height, stack);
  const longest = Math.max(0, ...shown.map((host) => textWidth(host.address, { family: 'terminal', size: 11 })));
  const outsideWidth = shown.length === 0 ? 0 : Math.min(area.width * 0.45, Math.max(150, longest + 88));
  const gap = shown.length === 0 ? 0 : 26;
  const bar = { x: area.x, y: area.y, width: area.width - outsideWidth - gap, height: area.height };
  const x = bar.x + bar.width + gap;
  const outside = shown.map((host, i) =>
    outsideBox(host, {
      x,
      y: area.y + (height - stack) / 2 + i * (OUTSIDE_HEIGHT + OUTSIDE_GAP),
      width: outsideWidth,
      height: OUTSIDE_HEIGHT,
    }),
  );
  const { prefix, gateway, mtu } = cluster.underlay;
  const label = `Underlay · L2 ${prefix} · gateway ${gateway} · MTU ${mtu}`;
  return {
    underlay: { box: bar, station: UNDERLAY, label, lineY: area.y + 13 },
    outside,
    outsideFold: cluster.outside.length - shown.length,
    height,
  };
}

function outsideBox(host: OutsideView, box: Box): OutsideBox {
  return {
    netns: host.netns,
    station: host.netns,
    box,
    address: host.address,
    dot: { x: box.x + 14, y: box.y + box.height / 2 },
  };
}

export interface TileStrip {
  readonly tiles: readonly Tile[];
  readonly fold?: TileFold;
  readonly height: number;
}

/** Nodes that are no columns: named tiles while one row holds them, squares in some rows beyond, a number beyond those. */
export function placeTiles(nodes: readonly NodeView[], x: number, y: number, width: number): TileStrip {
  if (nodes.length === 0) return { tiles: [], height: 0 };
  const perRow = Math.max(1, Math.floor((width + TILE.gap) / (TILE.labelled + TILE.gap)));
  if (nodes.length <= perRow) {
    const each = Math.min(200, (width + TILE.gap) / nodes.length - TILE.gap);
    const tiles = nodes.map((node, i) =>
      tile(node, { x: x + i * (each + TILE.gap), y, width: each, height: TILE.height }, true),
    );
    return { tiles, height: TILE.height };
  }
  const pitch = TILE.square + TILE.gap;
  const squaresPerRow = Math.max(2, Math.floor((width + TILE.gap) / pitch));
  const room = squaresPerRow * TILE.rows;
  const folded = nodes.length <= room ? 0 : nodes.length - (room - 2);
  const shown = nodes.slice(0, nodes.length - folded);
  const at = (i: number): Box => ({
    x: x + (i % squaresPerRow) * pitch,
    y: y + Math.floor(i / squaresPerRow) * pitch,
    width: TILE.square,
    height: TILE.square,
  });
  const rows = Math.ceil((folded > 0 ? room : shown.length) / squaresPerRow);
  const foldBox = at(shown.length);
  return {
    tiles: shown.map((node, i) => tile(node, at(i), false)),
    ...(folded > 0 && {
      fold: { station: 'folded nodes', count: folded, box: { ...foldBox, width: TILE.square * 2 + TILE.gap } },
    }),
    height: rows * pitch - TILE.gap,
  };
}

function tile(node: NodeView, box: Box, labelled: boolean): Tile {
  return { netns: node.netns, station: `${node.netns} tile`, box, name: node.name, ready: node.ready, labelled };
}
