import type { Point } from './geometry.ts';
import type { Piece } from './pieces.ts';

/** So far from each other, pieces need no room made for them, in pixels. */
const NEAR = 60;

interface Placed {
  readonly point: Point;
  readonly piece?: Piece;
  readonly apart: number;
}

/**
 * Gives the pieces of a packet their places beside each other: the more the nearer they are, so that none jumps when one
 * catches up with another.
 */
export function beside<T extends Placed>(frames: readonly T[]): T[] {
  return frames.map((frame) => {
    const { piece } = frame;
    if (!piece) return frame;
    let rank = 0;
    for (const other of frames) {
      if (other.piece?.cut !== piece.cut || other.piece.index >= piece.index) continue;
      const distance = Math.hypot(other.point.x - frame.point.x, other.point.y - frame.point.y);
      rank += Math.max(0, 1 - distance / NEAR) * Math.min(frame.apart, other.apart);
    }
    return { ...frame, rank };
  });
}
