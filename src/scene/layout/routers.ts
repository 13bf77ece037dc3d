import type { RouterView, UnderlayView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Box, Point } from '../geometry.ts';
import type { RouterBox } from './model.ts';

const TOP = 20;
const HEIGHT = 34;
const GAP = 18;
const FOOT = 24;
const MOST_WIDTH = 150;
/** Between two racks' cables where they run side by side. */
const LINE_GAP = 4;
const MOST_LINES = 4;
const MARK = 10;

/** Height that a bar needs for its routers: none where one switch or router is all there is. */
export function routersHeight({ routers }: UnderlayView): number {
  return routers.length > 1 ? TOP + 2 * HEIGHT + GAP + FOOT : 0;
}

/** Top-of-rack routers side by side in the order of the nodes below which they stand, the spines under them. */
export function placeRouters(
  { routers, cables }: UnderlayView,
  area: Box,
  wanted: ReadonlyMap<NetnsId, number>,
): { readonly routers: readonly RouterBox[]; readonly lines: ReadonlyMap<NetnsId, number> } {
  if (routers.length < 2) return { routers: [], lines: new Map() };
  const isSpine = ({ role }: RouterView): boolean => role === 'spine';
  const order = (router: RouterView): number => wanted.get(router.netns) ?? Number.POSITIVE_INFINITY;
  const leaves = routers.filter((router) => !isSpine(router)).sort((a, b) => order(a) - order(b) || 0);
  const y = area.y + TOP;
  const boxes = [...spread(leaves, area, y), ...spread(routers.filter(isSpine), area, y + HEIGHT + GAP)];
  const tops = new Map(boxes.map(({ netns, dot, box }) => [netns, { x: dot.x, y: box.y }]));
  const upOf = (netns: NetnsId): readonly Point[] =>
    cables.flatMap(([a, b]) => (a === netns ? (tops.get(b) ?? []) : []));
  const used = leaves.filter(({ netns }) => wanted.has(netns));
  return {
    routers: boxes.map((box) => ({ ...box, cables: upOf(box.netns) })),
    lines: new Map(used.map(({ netns }, i) => [netns, area.y + 5 + (i % MOST_LINES) * LINE_GAP])),
  };
}

function spread(routers: readonly RouterView[], area: Box, y: number): readonly Omit<RouterBox, 'cables'>[] {
  const share = area.width / Math.max(1, routers.length);
  const width = Math.min(MOST_WIDTH, share - 8);
  return routers.map(({ netns, name, role, as }, i) => {
    const x = area.x + share * (i + 0.5);
    return {
      netns,
      station: netns,
      name,
      role,
      label: as === undefined ? name : `${name} · AS ${as}`,
      box: { x: x - width / 2, y, width, height: HEIGHT },
      dot: { x, y: y + MARK },
    };
  });
}
