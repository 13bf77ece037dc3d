import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../datamodel/flow/trace.ts';

/** A step's stretch of playback. All times are milliseconds of playback at 1×. */
export interface Segment {
  readonly step: Step;
  readonly trace: Trace;
  readonly start: number;
  readonly end: number;
  /** Nothing happened for so long before it; the stretch from `waitFrom` to `start` stands for the wait. */
  readonly wait?: { readonly from: number; readonly label: string };
}

/** A mark on the scrubber: where a packet enters a network namespace, or where it is born. */
export interface HopMark {
  readonly time: number;
  readonly step: number;
  readonly trace: number;
  readonly kind: 'packet' | 'hop' | 'drop';
  /** `worker-01`, `SYN`. */
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

export function buildTimeline(conversation: Conversation): Timeline {
  const segments: Segment[] = [];
  const steps = conversation.traces
    .flatMap((trace) => trace.hops.flatMap((hop) => hop.steps.map((step) => ({ step, trace }))))
    .sort((a, b) => a.step.id - b.step.id);
  let time = 0;
  for (const { step, trace } of steps) {
    segments.push({ step, trace, start: time, end: time + 100 });
    time += 100;
  }
  return { duration: time, segments, marks: [], bySteps: new Map(segments.map((segment) => [segment.step.id, segment])) };
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
