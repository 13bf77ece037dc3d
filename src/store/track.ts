import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../datamodel/flow/trace.ts';

/** A step's stretch of playback; times are milliseconds of playback at 1×. */
export interface TrackSegment {
  readonly step: Step;
  readonly trace: Trace;
  readonly start: number;
  readonly end: number;
  /** The step whose sentence stands for this one while playing. */
  readonly telling: number;
}

export interface TrackMark {
  readonly time: number;
  readonly step: number;
  readonly trace: number;
  readonly kind: 'packet' | 'hop' | 'drop';
  readonly label: string;
}

/** A conversation in playback time, as far as playing needs it; segments are in order of start. */
export interface Track {
  readonly duration: number;
  readonly segments: readonly TrackSegment[];
  readonly marks: readonly TrackMark[];
  readonly bySteps: ReadonlyMap<number, TrackSegment>;
}

/** Lays a conversation out in time. The same conversation gives the same track. */
export type LayOut = (conversation: Conversation) => Track;

/** @returns index of the latest segment that has begun at `time`; -1 in an empty track. */
export function indexAt(track: Track, time: number): number {
  const { segments } = track;
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle]?.start ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return segments.length === 0 ? -1 : Math.max(0, low - 1);
}
