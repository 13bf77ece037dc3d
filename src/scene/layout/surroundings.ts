import type { ClusterView, OutsideView, UnderlayView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { UNDERLAY } from '../../datamodel/network/netnsId.ts';
import type { Box } from '../geometry.ts';
import { textWidth } from '../textFit.ts';
import type { OutsideBox, RouterBox, UnderlayBar } from './model.ts';
import { placeRouters, routersHeight } from './routers.ts';

const OUTSIDE_HEIGHT = 30;
const OUTSIDE_GAP = 6;

export interface UnderlayRow {
  readonly underlay: UnderlayBar;
  readonly outside: readonly OutsideBox[];
  readonly outsideFold: number;
  readonly height: number;
  readonly routers: readonly RouterBox[];
  /** By router: the height at which its nodes' cables go sideways. */
  readonly lines: ReadonlyMap<NetnsId, number>;
}

/** Where nothing else is known of the nodes' places. */
const NOWHERE: ReadonlyMap<NetnsId, number> = new Map();

/** The bar between the nodes, and the hosts outside at its right end. */
export function placeUnderlay(
  cluster: ClusterView,
  area: { x: number; y: number; width: number; height: number },
  onPath: ReadonlySet<NetnsId>,
  places: ReadonlyMap<NetnsId, number> = NOWHERE,
): UnderlayRow {
  const wanted = [...cluster.outside].sort((a, b) => Number(onPath.has(b.netns)) - Number(onPath.has(a.netns)));
  const fitting = Math.max(1, Math.floor((area.height + OUTSIDE_GAP) / (OUTSIDE_HEIGHT + OUTSIDE_GAP)));
  const shown = wanted.slice(0, Math.max(fitting, cluster.outside.filter((host) => onPath.has(host.netns)).length));
  const stack = shown.length * OUTSIDE_HEIGHT + Math.max(0, shown.length - 1) * OUTSIDE_GAP;
  const barHeight = Math.max(area.height, routersHeight(cluster.underlay));
  const height = Math.max(barHeight, stack);
  const longest = Math.max(0, ...shown.map((host) => textWidth(host.address, { family: 'terminal', size: 11 })));
  const folded = cluster.outside.length - shown.length;
  const words = shown.map((host) => outsideWord(host.kind, host === shown.at(-1) ? folded : 0));
  const wordWidth = Math.max(0, ...words.map((word) => textWidth(word, { family: 'words', size: 11 })));
  const outsideWidth = shown.length === 0 ? 0 : Math.min(area.width * 0.45, Math.max(150, longest + wordWidth + 44));
  const gap = shown.length === 0 ? 0 : 26;
  const bar = { x: area.x, y: area.y, width: area.width - outsideWidth - gap, height: barHeight };
  const x = bar.x + bar.width + gap;
  const outside = shown.map((host, i) =>
    outsideBox(host, {
      x,
      y: area.y + (Math.max(area.height, stack) - stack) / 2 + i * (OUTSIDE_HEIGHT + OUTSIDE_GAP),
      width: outsideWidth,
      height: OUTSIDE_HEIGHT,
    }),
  );
  const [label = '', ...others] = underlayWords(cluster.underlay);
  const short =
    [label, ...others].find((text) => textWidth(text, { family: 'words', size: 12 }) <= bar.width - 28) ?? label;
  const { routers, lines } = placeRouters(cluster.underlay, bar, places);
  const [only] = cluster.underlay.routers;
  const station = routers.length > 0 ? UNDERLAY : (only?.netns ?? UNDERLAY);
  return {
    underlay: { box: bar, station, label, short, lineY: area.y + 13 },
    routers,
    lines,
    outside,
    outsideFold: cluster.outside.length - shown.length,
    height,
  };
}

/** What the bar is called, from the longest words to the shortest. */
function underlayWords({ name, prefix, gateway, mtu, subnets, passes = [] }: UnderlayView): readonly string[] {
  const size = `MTU ${mtu}`;
  switch (name) {
    case 'two-subnets': {
      const between = `Router r1 · ${subnets.join(' · ')}`;
      return [`Underlay · ${between} · ${size}`, `Underlay · ${between}`, `Router r1 · ${size}`, 'Router r1'];
    }
    case 'leaf-spine':
      return [`Underlay · leaf-spine, a subnet a cable · ${size}`, `Underlay · leaf-spine · ${size}`, 'Leaf-spine'];
    case 'cloud-vpc':
      return [`Underlay · VPC ${prefix} · router ${gateway} · ${size}`, `Underlay · VPC · ${size}`, 'VPC'];
    case 'filtered': {
      const only = `passes ${passes.join(', ')}`;
      return [`Underlay · L2 ${prefix} · ${only} · ${size}`, `Underlay · ${only}`, 'Underlay · filtered', 'Underlay'];
    }
    default:
      return [
        `Underlay · L2 ${prefix} · gateway ${gateway} · ${size}`,
        `Underlay · ${prefix} · ${size}`,
        `Underlay · ${size}`,
        'Underlay',
      ];
  }
}

/** What hosts outside are called, with the number of those that found no room. */
export function outsideWord(kind: OutsideView['kind'], folded: number): string {
  const word = kind === 'load-balancer' ? 'load balancer' : 'outside';
  return folded > 0 ? `${word}, +${folded}` : word;
}

function outsideBox(host: OutsideView, box: Box): OutsideBox {
  return {
    kind: host.kind,
    netns: host.netns,
    station: host.netns,
    box,
    address: host.address,
    dot: { x: box.x + 14, y: box.y + box.height / 2 },
  };
}
