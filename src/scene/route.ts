import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Point } from './geometry.ts';
import type { Column, SceneLayout, Station } from './layout/model.ts';
import type { Lane } from './place.ts';

/** A station on a packet's way, with the point that stands for it there. */
export interface Stop {
  readonly station: Station;
  /** On the line. */
  readonly point: Point;
  /** Where the capsule waits: past the mark, where it covers nothing that has been said. */
  readonly stand: Point;
}

const CAPSULE_ROOM = 17;
/** From a Pod's mark up to the space between its address and its device. */
const WORDS_BELOW = 7;

/** @param x where on the underlay, which is as wide as the drawing. */
export function stopAt(layout: SceneLayout, station: Station, lane: Lane, x?: number): Stop {
  const { dot, box, kind } = station;
  switch (kind) {
    case 'underlay': {
      const [left, right] = [box.x + 14, box.x + box.width - 14];
      const point = { x: Math.min(right, Math.max(left, x ?? dot.x)), y: dot.y };
      return { station, point, stand: point };
    }
    case 'pod':
    case 'fold':
      return { station, point: dot, stand: { x: dot.x, y: box.y + box.height + CAPSULE_ROOM + 8 } };
    case 'connect': {
      // as for its Pod: below the box
      const pods = layout.columns.flatMap((column) => column.pods);
      const pod = pods.find(({ connect }) => connect?.station === station.id)?.box ?? box;
      return { station, point: dot, stand: { x: dot.x, y: pod.y + pod.height + CAPSULE_ROOM + 8 } };
    }
    case 'veth':
      return { station, point: dot, stand: { x: dot.x, y: dot.y + 11 } };
    case 'outside':
      return { station, point: dot, stand: { x: dot.x, y: (layout.outside[0]?.box.y ?? box.y) - CAPSULE_ROOM - 4 } };
    case 'router':
    case 'tile':
      return { station, point: dot, stand: dot };
    default: {
      const past = box.height / 2 + CAPSULE_ROOM;
      return {
        station,
        point: dot,
        stand: { x: dot.x, y: (station.lane ?? lane) === 'up' ? dot.y - past : dot.y + past },
      };
    }
  }
}

/** Finds the columns of stations, and the lines between them: wires run where no label is. */
export class Router {
  readonly #layout: SceneLayout;
  readonly #columns = new Map<NetnsId, Column>();

  constructor(layout: SceneLayout) {
    this.#layout = layout;
    for (const column of layout.columns) {
      this.#columns.set(column.netns, column);
      for (const pod of column.pods) this.#columns.set(pod.netns, column);
    }
  }

  columnOf(stop: Stop): Column | undefined {
    return stop.station.kind === 'tile' ? undefined : this.#columns.get(stop.station.netns);
  }

  /** Corners between the two points, both included. */
  between(a: Stop, b: Stop, from: Point, to: Point): Point[] {
    if (a.station.kind === 'tile' || b.station.kind === 'tile') return [from, to];
    const [first, second] = [this.columnOf(a), this.columnOf(b)];
    if (first && first === second) return this.#withinColumn(first, a, b, from, to);
    if (a.station.kind === 'router' && b.station.kind === 'router') return [from, to];
    const y = first?.lineY ?? second?.lineY ?? this.#layout.underlay.lineY;
    return [...this.#toUnderlay(first, a, from, y), ...this.#toUnderlay(second, b, to, y).toReversed()].filter(
      (point, i, all) =>
        i === 0 ||
        i === all.length - 1 ||
        !(
          point.y === y &&
          all[i - 1]?.y === y &&
          all[i + 1]?.y === y &&
          between(all[i - 1]!.x, point.x, all[i + 1]!.x)
        ),
    );
  }

  /** @param y where on its way a cable goes sideways. */
  #toUnderlay(column: Column | undefined, stop: Stop, point: Point, y: number): Point[] {
    if (stop.station.kind === 'router') return [point, { x: point.x, y }];
    if (stop.station.kind === 'underlay') return [point];
    if (stop.station.kind === 'outside') {
      const x = stop.station.box.x - 13;
      return [point, { x, y: point.y }, { x, y }];
    }
    if (!column) return [point];
    if (!isAbove(stop)) return [point, { x: point.x, y }];
    const lane = column.laneX.down;
    return [point, { x: point.x, y: column.jogY }, { x: lane, y: column.jogY }, { x: lane, y }];
  }

  #withinColumn(column: Column, a: Stop, b: Stop, from: Point, to: Point): Point[] {
    const [aAbove, bAbove] = [isAbove(a), isAbove(b)];
    if (aAbove && bAbove) {
      if (from.x === to.x) return [from, to];
      if (a.station.netns === b.station.netns && a.station.kind !== 'veth') {
        // within one Pod: between the lines of its words
        const y = (a.station.kind === 'connect' ? to.y : from.y) - WORDS_BELOW;
        return [from, { x: from.x, y }, { x: to.x, y }, to];
      }
      return [from, { x: from.x, y: column.jogY }, { x: to.x, y: column.jogY }, to];
    }
    if (aAbove) return [from, { x: from.x, y: column.jogY }, { x: to.x, y: column.jogY }, to];
    if (bAbove) return [from, { x: from.x, y: column.jogY }, { x: to.x, y: column.jogY }, to];
    return from.x === to.x ? [from, to] : [from, { x: to.x, y: from.y }, to];
  }
}

/** Above the jog: on a Pod's own wire. */
function isAbove(stop: Stop): boolean {
  const { kind } = stop.station;
  return kind === 'pod' || kind === 'connect' || kind === 'veth' || kind === 'fold';
}

function between(a: number, b: number, c: number): boolean {
  return (a <= b && b <= c) || (c <= b && b <= a);
}
