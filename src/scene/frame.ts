import { beside } from './beside.ts';
import type { Capsule, Tone } from './capsule.ts';
import type { Point } from './geometry.ts';
import { APART_AT, CUT_AT, JOINED_AT, type Piece } from './pieces.ts';
import { type Journey, type Leg, legAt, positionIn, type Ride } from './ride.ts';
import { type Segment, segmentAt } from './timeline.ts';

/** What is happening to a capsule just now, beside riding. */
export type Change =
  /** One of its ends is being rewritten. */
  | {
      readonly type: 'rewrite';
      readonly end: 'source' | 'destination';
      readonly before: string;
      readonly after: string;
    }
  /** A tunnel's shell closes around it, or opens. */
  | { readonly type: 'wrap' | 'unwrap' }
  /** It falls apart into pieces, which are capsules of their own. `left`: how much of it is still seen, 1 to 0. */
  | { readonly type: 'split'; readonly left: number }
  /** It and the pieces that have waited for it become one. */
  | { readonly type: 'join' }
  | { readonly type: 'drop'; readonly reason: string }
  | { readonly type: 'arrive' };

/** One capsule at one moment. */
export interface CapsuleFrame {
  readonly trace: number;
  readonly point: Point;
  readonly moving: boolean;
  readonly capsule: Capsule;
  readonly tone: Tone;
  /** It belongs to the step that is told about. */
  readonly focus: boolean;
  readonly change?: Change;
  /** How far the change is, 0 to 1. */
  readonly progress: number;
  /** How many capsules stand at the same point before it: copies lie fanned out. */
  readonly rank: number;
  /** How far a piece lies from where it stands, in pixels, to leave room for those before it. */
  readonly aside: number;
  /** On which side: 1 below, -1 above. */
  readonly ahead: 1 | -1;
  /** Which piece of a bigger packet it is. */
  readonly piece?: Piece;
  /** How far it lies from the pieces before it: 0 while they are one, 1 when apart. */
  readonly apart: number;
  /** The how-manieth try it is, from 2 on. */
  readonly tries?: number;
}

/** At most so many capsules are drawn; a flood over hundreds of ports is understood from fewer. */
export const MOST_CAPSULES = 16;

/** Every packet that is under way at `time`, in milliseconds of playback; the one that is told about comes first. */
export function framesAt(journey: Journey, time: number): CapsuleFrame[] {
  const current = segmentAt(journey.timeline, time);
  if (!current) return [];
  const frames: CapsuleFrame[] = [];
  const taken = new Map<string, number>();
  const focus = journey.byTrace.get(current.trace.id);
  const draw = (ride: Ride, isFocus: boolean): void => {
    const frame = frameOf(journey, ride, time, isFocus);
    if (frame.piece) {
      frames.push(frame);
      return;
    }
    const spot = `${Math.round(frame.point.x)} ${Math.round(frame.point.y)}`;
    const rank = taken.get(spot) ?? 0;
    taken.set(spot, rank + 1);
    frames.push({ ...frame, rank });
  };
  if (focus) draw(focus, true);
  for (const ride of journey.rides) {
    if (frames.length >= MOST_CAPSULES) break;
    if (ride !== focus && isSeen(ride, time)) draw(ride, false);
  }
  return beside(frames);
}

/** From when it is cut off until it is joined to the others, for a piece; otherwise while it has steps. */
function isSeen({ start, end, piece, join }: Ride, time: number): boolean {
  const from = piece ? at(piece.cut, CUT_AT) : start;
  const to = join ? at(join, JOINED_AT) : end;
  return from <= time && time < to;
}

function at({ start, end }: Segment, share: number): number {
  return start + (end - start) * share;
}

function frameOf(journey: Journey, ride: Ride, time: number, focus: boolean): CapsuleFrame {
  const leg = legAt(ride, time);
  const { segment, arrives, tone, ahead } = leg;
  const isEarly = time < segment.start;
  const joining = ride.join && time >= ride.join.start ? shareOf(ride.join, 0, JOINED_AT, time) : 0;
  const { point, moving } = positionIn(leg, time);
  // a piece that waits for the others does nothing; what ends otherwise is seen ended
  const waits = ride.join !== undefined && time >= ride.end;
  const change = isEarly || waits ? undefined : changeIn(leg, ride, time);
  const isJoining = change?.type === 'join' && time < at(segment, JOINED_AT);
  // until the pieces have met, each looks as it did
  const before = isJoining ? ride.legs[ride.legs.indexOf(leg) - 1] : undefined;
  const { capsule, piece } = before ?? leg;
  const end = ride.join && joining > 0 ? journey.byTrace.get(ride.join.trace.id) : undefined;
  const goal = end && ride.join ? positionIn(legAt(end, ride.join.end), ride.join.end).point : point;
  const apart = ride.piece && time < ride.piece.cut.end ? shareOf(ride.piece.cut, CUT_AT, APART_AT, time) : 1;
  const meeting = isJoining ? shareOf(segment, 0, JOINED_AT, time) : joining;
  return {
    trace: ride.trace.id,
    point: { x: point.x + (goal.x - point.x) * joining, y: point.y + (goal.y - point.y) * joining },
    moving: moving || (joining > 0 && joining < 1),
    capsule,
    tone,
    focus,
    progress: Math.min(1, Math.max(0, (time - arrives) / Math.max(1, segment.end - arrives))),
    rank: 0,
    aside: 0,
    ahead,
    apart: apart * (1 - meeting),
    ...(piece && capsule.piece && { piece }),
    ...(ride.tries !== undefined && { tries: ride.tries }),
    ...(change && { change }),
  };
}

/** How far `time` is between two shares of a segment, 0 to 1. */
function shareOf(segment: Segment, from: number, to: number, time: number): number {
  const [start, end] = [at(segment, from), at(segment, to)];
  return Math.min(1, Math.max(0, (time - start) / Math.max(1, end - start)));
}

function changeIn(leg: Leg, ride: Ride, time: number): Change | undefined {
  const { step } = leg.segment;
  switch (step.type) {
    case 'translate': {
      const { before, capsule } = leg;
      if (!before) return undefined;
      const source = step.kind === 'snat' || step.kind === 'masquerade' || step.kind === 'undo-dnat';
      if (source) return { type: 'rewrite', end: 'source', before: before.source, after: capsule.source };
      return { type: 'rewrite', end: 'destination', before: before.label, after: capsule.label };
    }
    case 'encapsulate':
      return { type: 'wrap' };
    case 'decapsulate':
      return { type: 'unwrap' };
    case 'fragment':
      return { type: 'split', left: 1 - shareOf(leg.segment, CUT_AT, APART_AT, time) };
    case 'reassemble':
      return { type: 'join' };
    case 'drop':
      return { type: 'drop', reason: step.reason };
    case 'deliver':
      return leg === ride.legs.at(-1) ? { type: 'arrive' } : undefined;
    default:
      return undefined;
  }
}

/** A stretch of playback in which nothing happens, at one moment of it. */
export interface WaitFrame {
  /** How long is waited: `1.02 s`. */
  readonly label: string;
  /** 0 to 1. */
  readonly progress: number;
  /** Of whoever waits: the packet that then goes on, else the sender of the next one. */
  readonly point: Point;
  readonly ahead: 1 | -1;
}

/** The wait that playback is in at `time`. */
export function waitAt(journey: Journey, time: number): WaitFrame | undefined {
  const current = segmentAt(journey.timeline, time);
  const order = current && journey.order.get(current.step.id);
  const next = order === undefined ? undefined : journey.timeline.segments[order + 1];
  if (!next?.wait || time < next.wait.from || time >= next.start) return undefined;
  const legs = journey.byTrace.get(next.trace.id)?.legs ?? [];
  const i = legs.findIndex((leg) => leg.segment === next);
  const leg = legs[Math.max(0, i - 1)];
  if (!leg) return undefined;
  const { from, label } = next.wait;
  return {
    label,
    progress: (time - from) / Math.max(1, next.start - from),
    point: leg.stop.stand,
    ahead: leg.ahead,
  };
}
