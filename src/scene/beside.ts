import type { Capsule } from './capsule.ts';
import type { Point } from './geometry.ts';
import type { Piece } from './pieces.ts';

/** So far from each other, pieces need no room made for them, in pixels. */
const NEAR = 60;

/** Height that a piece takes with its gap, in a tunnel's shell and without. */
const ROOM = { tunnel: 44, plain: 27 } as const;

interface Placed {
  readonly point: Point;
  readonly capsule: Pick<Capsule, 'shells'>;
  readonly piece?: Piece;
  readonly apart: number;
}

/**
 * Gives the pieces of a packet their places beside each other, in pixels away from where they stand: the more the nearer they
 * are, so that none jumps when one catches up with another.
 */
export function beside<T extends Placed>(frames: readonly T[]): T[] {
  return frames.map((frame) => {
    const { piece } = frame;
    if (!piece) return frame;
    let aside = 0;
    for (const other of frames) {
      if (other.piece?.cut !== piece.cut || other.piece.index >= piece.index) continue;
      const distance = Math.hypot(other.point.x - frame.point.x, other.point.y - frame.point.y);
      const room = (roomOf(frame) + roomOf(other)) / 2;
      aside += room * Math.max(0, 1 - distance / NEAR) * Math.min(frame.apart, other.apart);
    }
    return { ...frame, aside };
  });
}

function roomOf({ capsule }: Placed): number {
  return capsule.shells.includes('tunnel') ? ROOM.tunnel : ROOM.plain;
}
