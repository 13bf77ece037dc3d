import type { ClusterView, OutsideView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { UNDERLAY } from '../../datamodel/network/netnsId.ts';
import type { Box } from '../geometry.ts';
import { textWidth } from '../textFit.ts';
import type { OutsideBox, UnderlayBar } from './model.ts';

const OUTSIDE_HEIGHT = 30;
const OUTSIDE_GAP = 6;

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
  const fitting = Math.max(1, Math.floor((area.height + OUTSIDE_GAP) / (OUTSIDE_HEIGHT + OUTSIDE_GAP)));
  const shown = wanted.slice(0, Math.max(fitting, cluster.outside.filter((host) => onPath.has(host.netns)).length));
  const stack = shown.length * OUTSIDE_HEIGHT + Math.max(0, shown.length - 1) * OUTSIDE_GAP;
  const height = Math.max(area.height, stack);
  const longest = Math.max(0, ...shown.map((host) => textWidth(host.address, { family: 'terminal', size: 11 })));
  const folded = cluster.outside.length - shown.length;
  const words = shown.map((host) => outsideWord(host.kind, host === shown.at(-1) ? folded : 0));
  const wordWidth = Math.max(0, ...words.map((word) => textWidth(word, { family: 'words', size: 11 })));
  const outsideWidth = shown.length === 0 ? 0 : Math.min(area.width * 0.45, Math.max(150, longest + wordWidth + 44));
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
  const shorter = [label, `Underlay · ${prefix} · MTU ${mtu}`, `Underlay · MTU ${mtu}`, 'Underlay'];
  const short = shorter.find((text) => textWidth(text, { family: 'words', size: 12 }) <= bar.width - 28) ?? label;
  return {
    underlay: { box: bar, station: UNDERLAY, label, short, lineY: area.y + 13 },
    outside,
    outsideFold: cluster.outside.length - shown.length,
    height,
  };
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
