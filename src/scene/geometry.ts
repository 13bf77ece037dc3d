/** Lengths are CSS pixels at zoom 1; x grows to the right, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

export function middleOf(box: Box): Point {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** A way of straight pieces, with the length from its start to each of its points. */
export interface Way {
  readonly points: readonly Point[];
  readonly lengths: readonly number[];
}

/** Leaves out points that lie where the way is already. */
export function makeWay(points: readonly Point[]): Way {
  const kept: Point[] = [];
  const lengths: number[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last && last.x === point.x && last.y === point.y) continue;
    lengths.push(last ? (lengths.at(-1) ?? 0) + Math.hypot(point.x - last.x, point.y - last.y) : 0);
    kept.push(point);
  }
  return { points: kept, lengths };
}

export function wayLength(way: Way): number {
  return way.lengths.at(-1) ?? 0;
}

/** The point `distance` along the way; its ends beyond them. */
export function alongWay(way: Way, distance: number): Point {
  const { points, lengths } = way;
  for (let i = 1; i < points.length; i++) {
    const [from, to, start, end] = [points[i - 1]!, points[i]!, lengths[i - 1]!, lengths[i]!];
    if (distance >= end) continue;
    const share = Math.max(0, (distance - start) / (end - start));
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  }
  return points.at(-1) ?? { x: 0, y: 0 };
}

/** SVG path data of a line through the points. */
export function pathData(points: readonly Point[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
