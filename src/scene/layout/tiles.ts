import type { NodeView } from '../../datamodel/cluster/view.ts';
import type { Box } from '../geometry.ts';
import type { Tile, TileFold } from './model.ts';

const GAP = 6;
const HEIGHT = 24;
const PITCH = HEIGHT + GAP;
/** A tile that holds a name, and one that holds the end of it. */
const LABELLED = 104;
const MOST_LABELLED = 200;
const SQUARE = 30;
const MOST_ROWS = 3;
/** What the stage's own tools take of the strip at its right; with a list of nodes beside them when some are folded. */
const TOOLS = 106;
const TOOLS_AND_LIST = 234;

export interface TileStrip {
  readonly tiles: readonly Tile[];
  readonly fold?: TileFold;
  readonly height: number;
}

/**
 * Nodes that are no columns, in the strip beside the stage's tools: with their names while there is room, else with the
 * ends of them, and beyond that as a number.
 * @param spare height that more rows than one may take.
 */
export function placeTiles(nodes: readonly NodeView[], area: Omit<Box, 'height'>, spare: number): TileStrip {
  if (nodes.length === 0) return { tiles: [], height: 0 };
  const mostRows = Math.min(MOST_ROWS, 1 + Math.max(0, Math.floor(spare / PITCH)));
  const width = area.width - TOOLS;
  const named = perRow(width, LABELLED);
  if (nodes.length <= named * mostRows) {
    const rows = Math.ceil(nodes.length / named);
    const columns = Math.ceil(nodes.length / rows);
    const each = Math.min(MOST_LABELLED, (width + GAP) / columns - GAP);
    return {
      tiles: nodes.map((node, i) => tile(node, cell(area, i, columns, each), true)),
      height: rows * PITCH - GAP,
    };
  }
  if (nodes.length <= perRow(width, SQUARE) * mostRows) {
    const columns = perRow(width, SQUARE);
    const rows = Math.ceil(nodes.length / columns);
    return {
      tiles: nodes.map((node, i) => tile(node, cell(area, i, columns, SQUARE), false)),
      height: rows * PITCH - GAP,
    };
  }
  const columns = Math.max(3, perRow(area.width - TOOLS_AND_LIST, SQUARE));
  const shown = nodes.slice(0, columns * mostRows - 2);
  const foldBox = cell(area, shown.length, columns, SQUARE);
  return {
    tiles: shown.map((node, i) => tile(node, cell(area, i, columns, SQUARE), false)),
    fold: { station: 'folded nodes', count: nodes.length - shown.length, box: { ...foldBox, width: SQUARE * 2 + GAP } },
    height: mostRows * PITCH - GAP,
  };
}

function perRow(width: number, each: number): number {
  return Math.max(1, Math.floor((width + GAP) / (each + GAP)));
}

function cell(area: Omit<Box, 'height'>, i: number, columns: number, width: number): Box {
  return {
    x: area.x + (i % columns) * (width + GAP),
    y: area.y + Math.floor(i / columns) * PITCH,
    width,
    height: HEIGHT,
  };
}

function tile(node: NodeView, box: Box, labelled: boolean): Tile {
  const end = /\d{1,3}$/.exec(node.name)?.[0] ?? node.name.slice(-3);
  const label = labelled ? node.name : end;
  return { netns: node.netns, station: `${node.netns} tile`, box, name: node.name, label, ready: node.ready };
}
