import type { PodView } from '../../datamodel/cluster/view.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { DetailLevel } from '../detail.ts';
import type { Box } from '../geometry.ts';
import type { Metrics } from './metrics.ts';
import type { FoldBox, PodBox } from './model.ts';
import { connectStation, deviceStation } from './model.ts';

const GAP = 6;
const FOLD_WIDTH = 46;
const MIN_POD = 62;
/** Narrowest box of a Pod that is not on the path. */
const LEAST_STRANGER = 78;
const FAVOURED = 1.45;
/** Where a Pod's cable leaves it, from its left edge: above the lane that leads down. */
const WIRE = 14;
const VETH_Y = 14;
/** Side of the mark where a Pod's system calls meet programs: enough for a finger. */
const CONNECT = 24;

export interface PodRow {
  readonly pods: readonly PodBox[];
  readonly fold?: FoldBox;
}

/**
 * Chooses and places a node's Pods: those on the path first and always, others as far as there is room, the rest folded.
 * @param rows how many rows there is room for; only the lowest has wires, so what is on the path stands there.
 */
export function placePods(
  node: NetnsId,
  all: readonly PodView[],
  onPath: ReadonlySet<NetnsId>,
  area: Box,
  rows: number,
  metrics: Metrics,
  level: DetailLevel,
): PodRow {
  const first = all.filter((pod) => onPath.has(pod.netns));
  const others = all.filter((pod) => !onPath.has(pod.netns));
  const perRow = Math.max(2, Math.floor((area.width + GAP) / (100 + GAP)));
  // the path's Pods get the width of their names; strangers share it
  const mostInRow = Math.floor((area.width - FOLD_WIDTH) / (MIN_POD + GAP));
  const fitsAll = all.length <= perRow;
  const besideFold = Math.max(1, Math.floor((area.width - FOLD_WIDTH) / (LEAST_STRANGER + GAP)));
  const bottomOthers = fitsAll ? others.length : first.length === 0 ? Math.min(perRow, besideFold) : 0;
  const bottom = [...first.slice(0, mostInRow), ...others.slice(0, bottomOthers)];
  const rest = [...first.slice(mostInRow), ...others.slice(bottomOthers)];
  const above = rest.slice(0, Math.max(0, rows - 1) * perRow);
  const folded = rest.slice(above.length);
  const bottomY = area.y + area.height - metrics.podHeight;
  const width = folded.length > 0 ? area.width - FOLD_WIDTH - GAP : area.width;
  const pods = [
    ...spread(bottom, { ...area, y: bottomY, width }, metrics, {
      node,
      wired: true,
      veths: level !== 'cluster',
      favoured: onPath,
    }),
    ...chunk(above, perRow).flatMap((row, i) => {
      const y = bottomY - (i + 1) * (metrics.podHeight + GAP);
      const rowWidth = cellWidth(area.width, perRow) * row.length + GAP * (row.length - 1);
      return spread(row, { ...area, y, width: rowWidth }, metrics, {
        node,
        wired: false,
        veths: false,
        favoured: onPath,
      });
    }),
  ];
  if (folded.length === 0) return { pods };
  const box = { x: area.x + area.width - FOLD_WIDTH, y: bottomY, width: FOLD_WIDTH, height: metrics.podHeight };
  return {
    pods,
    fold: { station: `${node} folded pods`, box, names: folded.map((pod) => `${pod.namespace}/${pod.name}`) },
  };
}

/** How many rows of Pods are worth their height. */
export function podRowsWanted(count: number, width: number): number {
  const perRow = Math.max(2, Math.floor((width + GAP) / (100 + GAP)));
  return Math.max(1, Math.ceil(count / perRow));
}

export function podRowsHeight(rows: number, metrics: Metrics): number {
  return rows * metrics.podHeight + (rows - 1) * GAP;
}

function cellWidth(width: number, count: number): number {
  return (width - GAP * (count - 1)) / count;
}

interface Wiring {
  readonly node: NetnsId;
  readonly wired: boolean;
  readonly veths: boolean;
  /** Pods that get more of the width, for their names are what is looked for. */
  readonly favoured: ReadonlySet<NetnsId>;
}

function spread(
  row: readonly PodView[],
  area: Box,
  metrics: Metrics,
  { node, wired, veths, favoured }: Wiring,
): PodBox[] {
  const share = (pod: PodView): number => (favoured.has(pod.netns) ? FAVOURED : 1);
  const whole = row.reduce((sum, pod) => sum + share(pod), 0);
  let x = area.x;
  return row.map((pod) => {
    const width = Math.floor(((area.width - GAP * (row.length - 1)) * share(pod)) / whole);
    const box = { x, y: area.y, width, height: metrics.podHeight };
    x += width + GAP;
    const device = pod.devices.find((candidate) => candidate.kind === 'veth') ?? pod.devices[0];
    const dot = { x: box.x + WIRE, y: box.y + box.height - 12 };
    return {
      netns: pod.netns,
      station: pod.netns,
      box,
      name: pod.name,
      address: pod.address ?? pod.phase,
      device: device?.name ?? 'eth0',
      ...(pod.terminating ? { state: 'terminating' as const } : !pod.ready && { state: 'not ready' as const }),
      dot,
      wired,
      ...(pod.socketPrograms && { connect: connectMark(pod.netns, box) }),
      ...(veths &&
        pod.hostDevice !== undefined && {
          veth: {
            station: deviceStation(node, 'down', pod.hostDevice),
            name: pod.hostDevice,
            dot: { x: dot.x, y: box.y + box.height + VETH_Y },
            labelWidth: width - WIRE - 10,
          },
        }),
    };
  });
}

/** In a corner that no name needs. */
function connectMark(netns: NetnsId, box: Box): NonNullable<PodBox['connect']> {
  const own = { x: box.x + box.width - CONNECT - 2, y: box.y + 2, width: CONNECT, height: CONNECT };
  const dot = { x: own.x + CONNECT / 2, y: own.y + CONNECT / 2 };
  return { station: connectStation(netns), box: own, dot };
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
