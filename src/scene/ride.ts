import type { Conversation, Trace } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import { type Capsule, capsuleOf, type Tone, toneOf } from './capsule.ts';
import { alongWay, makeWay, type Point, type Way, wayLength } from './geometry.ts';
import type { SceneLayout } from './layout/model.ts';
import { joinsOf, type Piece, piecesOf } from './pieces.ts';
import { placeOf } from './place.ts';
import { Router, type Stop, stopAt } from './route.ts';
import { MOVING_SHARE, type Segment, type Timeline } from './timeline.ts';
import { triesOf } from './tries.ts';

/** A step of a packet as it is drawn: how the capsule gets there, and what it looks like then. */
export interface Leg {
  readonly segment: Segment;
  readonly stop: Stop;
  /** From where the capsule stood before. */
  readonly way: Way;
  /** When it stands again, in milliseconds of playback. */
  readonly arrives: number;
  /** From the mark of the station before to this one's, along the lines. */
  readonly line: readonly Point[];
  readonly capsule: Capsule;
  readonly tone: Tone;
  /** What it looked like before the step, where the step changed that. */
  readonly before?: Capsule;
  /** Which piece it is after the step. */
  readonly piece?: Piece;
  /** Where more of the same lies beside it: 1 below, -1 above, away from what has been said already. */
  readonly ahead: 1 | -1;
}

/** One packet copy's way through the drawing. */
export interface Ride {
  readonly trace: Trace;
  readonly legs: readonly Leg[];
  readonly start: number;
  readonly end: number;
  /** The piece that it has been from its beginning. */
  readonly piece?: Piece;
  /** It waits for its other pieces until this step joins them. */
  readonly join?: Segment;
  /** The how-manieth try it is, from 2 on. */
  readonly tries?: number;
}

/** All packets of a conversation on one drawing. */
export interface Journey {
  readonly layout: SceneLayout;
  readonly timeline: Timeline;
  /** In order of trace ids. */
  readonly rides: readonly Ride[];
  readonly byTrace: ReadonlyMap<number, Ride>;
  /** Of step ids: which is played before which. */
  readonly order: ReadonlyMap<number, number>;
}

export function planJourney(conversation: Conversation, timeline: Timeline, layout: SceneLayout): Journey {
  const router = new Router(layout);
  const byTrace = new Map<number, Ride>();
  const legOf = new Map<number, Leg>();
  const pieces = piecesOf(conversation, timeline);
  const joins = joinsOf(conversation, timeline);
  const tries = triesOf(conversation);
  for (const trace of conversation.traces) {
    const origin = trace.origin.type === 'copy' ? legOf.get(trace.origin.step) : undefined;
    const planned = planRide(trace, timeline, layout, router, origin, pieces.get(trace.id));
    if (!planned) continue;
    const [join, count] = [joins.get(trace.id), tries.get(trace.id)];
    const ride = { ...planned, ...(join && { join }), ...(count !== undefined && { tries: count }) };
    byTrace.set(trace.id, ride);
    for (const leg of ride.legs) legOf.set(leg.segment.step.id, leg);
  }
  const order = new Map(timeline.segments.map(({ step }, i) => [step.id, i]));
  return { layout, timeline, rides: [...byTrace.values()], byTrace, order };
}

function planRide(
  trace: Trace,
  timeline: Timeline,
  layout: SceneLayout,
  router: Router,
  origin: Leg | undefined,
  own: Piece | undefined,
): Ride | undefined {
  const segments = trace.hops.flatMap((hop) => hop.steps).flatMap((step) => timeline.bySteps.get(step.id) ?? []);
  const [first] = segments;
  if (!first) return undefined;
  const legs: Leg[] = [];
  let previous = origin?.stop;
  let before: Capsule | undefined;
  // put together, it is what the packet was that has been cut: perhaps itself a piece of another
  let piece = own ?? origin?.piece;
  for (const [i, segment] of segments.entries()) {
    const { step } = segment;
    const place = placeOf(step);
    const x = leavesUnderlay(segments, i, layout) ? stopOfNext(segments[i + 1], layout)?.point.x : undefined;
    const stop = stopAt(layout, layout.stationOf(place), place.lane, x ?? previous?.point.x);
    const capsule = capsuleOf(step.bytes, step.link);
    const same = previous !== undefined && previous.station === stop.station && previous.point.x === stop.point.x;
    const from = previous ?? stop;
    if (step.type === 'reassemble') piece = own && origin?.piece;
    legs.push({
      segment,
      stop: same && previous ? previous : stop,
      way: makeWay(same ? [from.stand] : router.between(from, stop, from.stand, stop.stand)),
      arrives: segment.start,
      line: same ? [] : router.between(from, stop, from.point, stop.point),
      capsule,
      tone: toneOf(step, trace),
      ...(before && before !== capsule && { before }),
      ...(piece && { piece }),
      ahead: stop.stand.y < stop.point.y ? -1 : 1,
    });
    before = capsule;
    previous = legs.at(-1)!.stop;
  }
  const [start, end] = [first.start, legs.at(-1)!.segment.end];
  return { trace, legs: withArrivals(legs), start, end, ...(own && { piece: own }) };
}

/** The last step in the underlay: the packet is then below the node it goes to. */
function leavesUnderlay(segments: readonly Segment[], i: number, { underlay }: SceneLayout): boolean {
  const next = segments[i + 1];
  return segments[i]?.step.netns === underlay.station && next !== undefined && next.step.netns !== underlay.station;
}

function stopOfNext(segment: Segment | undefined, layout: SceneLayout): Stop | undefined {
  if (!segment) return undefined;
  const place = placeOf(segment.step);
  return stopAt(layout, layout.stationOf(place), place.lane);
}

/** Within a namespace the packet has one speed: the lowest that brings it to every station in time. */
function withArrivals(legs: readonly Leg[]): Leg[] {
  const speeds = new Map<NetnsId, number>();
  for (const { segment, way } of legs) {
    const window = (segment.end - segment.start) * MOVING_SHARE;
    const needed = wayLength(way) / Math.max(1, window);
    const { netns } = segment.step;
    speeds.set(netns, Math.max(speeds.get(netns) ?? 0, needed));
  }
  return legs.map((leg) => {
    const length = wayLength(leg.way);
    const speed = speeds.get(leg.segment.step.netns) ?? 0;
    return { ...leg, arrives: leg.segment.start + (length > 0 && speed > 0 ? length / speed : 0) };
  });
}

/** The leg that a ride is in: the latest that has begun. */
export function legAt(ride: Ride, time: number): Leg {
  const { legs } = ride;
  let low = 1;
  let high = legs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (legs[middle]!.segment.start <= time) low = middle + 1;
    else high = middle;
  }
  return legs[low - 1]!;
}

/** Where the capsule is in a leg. */
export function positionIn(leg: Leg, time: number): { readonly point: Point; readonly moving: boolean } {
  const { segment, arrives, way } = leg;
  if (time >= arrives) return { point: alongWay(way, wayLength(way)), moving: false };
  const share = Math.max(0, (time - segment.start) / (arrives - segment.start));
  return { point: alongWay(way, wayLength(way) * share), moving: share > 0 };
}
