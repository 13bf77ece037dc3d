import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../datamodel/flow/trace.ts';
import { describeDuration } from './describe.ts';
import { attention, durationsOf, tempos } from './pace.ts';
import { placeKey, placeOf } from './place.ts';

/** A step's stretch of playback. All times are milliseconds of playback at 1×. */
export interface Segment {
  readonly step: Step;
  readonly trace: Trace;
  readonly start: number;
  readonly end: number;
  /**
   * The step that says most of those that its packet went through at this station without leaving it: steps pass faster than
   * a sentence can be read, so a caption stays with this one while playing.
   */
  readonly telling: number;
  /** Nothing happened for a while before it: the stretch from `from` to `start` stands for that time. */
  readonly wait?: { readonly from: number; readonly label: string };
}

/** A mark on the scrubber: a packet is born, enters a network namespace, or is dropped. */
export interface HopMark {
  readonly time: number;
  readonly step: number;
  readonly trace: number;
  readonly kind: 'packet' | 'hop' | 'drop';
  /** The packet's label, else the namespace. */
  readonly label: string;
}

/** A conversation laid out in playback time; steps begin in the order of their ids. */
export interface Timeline {
  readonly duration: number;
  /** In order of start, which is the order of step ids. */
  readonly segments: readonly Segment[];
  readonly marks: readonly HopMark[];
  readonly bySteps: ReadonlyMap<number, Segment>;
}

/** Virtual nanoseconds without a step from which on a wait is shown. */
const WAIT_FROM = 20_000_000;
/** Copies of one frame set out after each other by so much, so that a flood is seen to fan out. */
const FAN_OUT = 40;
/** The last picture stands for a moment before playback ends. */
const CODA = 900;

/** Gives every step its time. The same conversation gives the same times whatever is drawn of it. */
export function buildTimeline(conversation: Conversation): Timeline {
  const length = new Map<number, number>();
  const telling = new Map<number, number>();
  const tempo = tempos(conversation);
  const all: { readonly step: Step; readonly trace: Trace }[] = [];
  for (const trace of conversation.traces) {
    const steps = trace.hops.flatMap((hop) => hop.steps);
    const pace = tempo.get(trace.id);
    if (!pace) continue;
    for (const [i, duration] of durationsOf(steps, pace).entries()) length.set(steps[i]!.id, duration);
    for (const [step, teller] of tellers(steps)) telling.set(step, teller);
    for (const step of steps) all.push({ step, trace });
  }
  all.sort((a, b) => a.step.id - b.step.id);
  const segments: Segment[] = [];
  const ends = new Map<number, number>();
  let previous: Segment | undefined;
  for (const { step, trace } of all) {
    const earliest = startOf(trace, previous, ends.get(trace.id));
    const silent = previous ? step.time - previous.step.time : step.time - conversation.start;
    const wait = silent >= WAIT_FROM ? { from: earliest, label: describeDuration(silent) } : undefined;
    const start = earliest + (wait ? waitLength(silent) : 0);
    const end = start + (length.get(step.id) ?? 0);
    previous = { step, trace, start, end, telling: telling.get(step.id) ?? step.id, ...(wait && { wait }) };
    segments.push(previous);
    ends.set(trace.id, end);
  }
  const lastEnd = segments.reduce((latest, segment) => Math.max(latest, segment.end), 0);
  return {
    duration: segments.length === 0 ? 0 : lastEnd + CODA,
    segments,
    marks: marksOf(segments),
    bySteps: new Map(segments.map((segment) => [segment.step.id, segment])),
  };
}

/** After its packet's last step; after all that happened before, except that copies of one frame travel together. */
function startOf(trace: Trace, previous: Segment | undefined, ownEnd: number | undefined): number {
  if (!previous) return 0;
  if (previous.trace.id === trace.id) return previous.end;
  const together = areCopies(previous.trace, trace);
  return Math.max(ownEnd ?? 0, together ? previous.start + FAN_OUT : previous.end);
}

function areCopies(a: Trace, b: Trace): boolean {
  return a.origin.type === 'copy' && b.origin.type === 'copy' && a.origin.trace === b.origin.trace;
}

function waitLength(nanoseconds: number): number {
  return Math.round(350 + 300 * Math.log10(nanoseconds / WAIT_FROM));
}

/** Steps that follow each other at one station share the one that tells most. */
function tellers(steps: readonly Step[]): Map<number, number> {
  const result = new Map<number, number>();
  let at = 0;
  while (at < steps.length) {
    const key = placeKey(placeOf(steps[at]!));
    let end = at;
    let best = steps[at]!;
    while (end < steps.length && placeKey(placeOf(steps[end]!)) === key) {
      if (attention(steps[end]!) > attention(best)) best = steps[end]!;
      end += 1;
    }
    for (const step of steps.slice(at, end)) result.set(step.id, best.id);
    at = end;
  }
  return result;
}

function marksOf(segments: readonly Segment[]): HopMark[] {
  const marks: HopMark[] = [];
  const where = new Map<number, string>();
  for (const { step, trace, start } of segments) {
    const base = { time: start, step: step.id, trace: trace.id };
    const before = where.get(trace.id);
    where.set(trace.id, step.netns);
    if (step.type === 'drop') marks.push({ ...base, kind: 'drop', label: step.reason });
    else if (before === undefined) marks.push({ ...base, kind: 'packet', label: trace.label });
    else if (before !== step.netns) marks.push({ ...base, kind: 'hop', label: step.netns });
  }
  return marks;
}

/** All moving is done in this first part of a segment; the rest of it the packet stands. */
export const MOVING_SHARE = 0.7;

/** The moment that shows a step as done: the packet stands at its station. For stepping, links and pictures. */
export function settledTime(segment: Segment): number {
  return segment.start + (segment.end - segment.start) * 0.9;
}

/** @returns the segment whose step is the latest to have begun at `time`; undefined in an empty timeline. */
export function segmentAt(timeline: Timeline, time: number): Segment | undefined {
  const { segments } = timeline;
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (segments[middle]!.start <= time) low = middle + 1;
    else high = middle;
  }
  return segments[Math.max(0, low - 1)];
}
