import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../datamodel/flow/trace.ts';
import { describeDuration } from './describe.ts';
import { durationsOf, glides, tempos } from './pace.ts';
import { playOrder } from './playOrder.ts';
import { tellers } from './telling.ts';

/** A step's stretch of playback. All times are milliseconds of playback at 1×. */
export interface Segment {
  readonly step: Step;
  readonly trace: Trace;
  readonly start: number;
  readonly end: number;
  /**
   * The step that a caption tells while this one plays: the one that says most of those that pass while a sentence is
   * read.
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

/** A conversation laid out in playback time. */
export interface Timeline {
  readonly duration: number;
  /** In order of start: as the steps happened, but a drop before the ICMP error that it causes. */
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
  for (const trace of conversation.traces) {
    const steps = trace.hops.flatMap((hop) => hop.steps);
    const pace = tempo.get(trace.id);
    if (!pace) continue;
    const durations = durationsOf(steps, pace);
    for (const [i, duration] of durations.entries()) length.set(steps[i]!.id, duration);
    const asked = unheard(trace);
    for (const [step, teller] of tellers(steps, durations, glides(pace)))
      telling.set(step, asked === undefined ? teller : (telling.get(asked) ?? teller));
  }
  const segments: Segment[] = [];
  const ends = new Map<number, number>();
  let previous: Segment | undefined;
  for (const { step, trace } of playOrder(conversation)) {
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

/** Of a copy of an ARP question that nobody answers: the step that sent it out. Many ignore it at once; one sentence is enough. */
function unheard(trace: Trace): number | undefined {
  const { origin } = trace;
  if (trace.role !== 'control' || origin.type !== 'copy') return undefined;
  const answered = trace.hops.some((hop) =>
    hop.steps.some((step) => step.type === 'arp' && step.outcome === 'answered'),
  );
  return answered ? undefined : origin.step;
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
