import type { Capsule, Tone } from './capsule.ts';
import type { Point } from './geometry.ts';
import { type Journey, type Leg, legAt, positionIn, type Ride } from './ride.ts';
import { segmentAt } from './timeline.ts';

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
    const leg = legAt(ride, time);
    const { point, moving } = positionIn(leg, time);
    const spot = `${Math.round(point.x)} ${Math.round(point.y)}`;
    const rank = taken.get(spot) ?? 0;
    taken.set(spot, rank + 1);
    const change = changeIn(leg, ride);
    const { segment, arrives, capsule, tone } = leg;
    const progress = Math.min(1, Math.max(0, (time - arrives) / Math.max(1, segment.end - arrives)));
    frames.push({
      trace: ride.trace.id,
      point,
      moving,
      capsule,
      tone,
      focus: isFocus,
      progress,
      rank,
      ...(change && { change }),
    });
  };
  if (focus) draw(focus, true);
  for (const ride of journey.rides) {
    if (frames.length >= MOST_CAPSULES) break;
    if (ride !== focus && ride.start <= time && time < ride.end) draw(ride, false);
  }
  return frames;
}

function changeIn(leg: Leg, ride: Ride): Change | undefined {
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
    case 'drop':
      return { type: 'drop', reason: step.reason };
    case 'deliver':
      return leg === ride.legs.at(-1) ? { type: 'arrive' } : undefined;
    default:
      return undefined;
  }
}

/** The wait that playback is in at `time`, as text: `1.02 s`. */
export function waitAt(journey: Journey, time: number): string | undefined {
  const current = segmentAt(journey.timeline, time);
  if (!current) return undefined;
  const { segments } = journey.timeline;
  const next = segments[segments.indexOf(current) + 1];
  const wait = (next ?? current).wait;
  return wait && next && time >= wait.from && time < next.start ? wait.label : undefined;
}
