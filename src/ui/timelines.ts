import type { Conversation } from '../datamodel/flow/trace.ts';
import { buildTimeline, type Timeline } from '../scene/timeline.ts';

const timelines = new WeakMap<Conversation, Timeline>();

/** A conversation's timeline, made once. */
export function timelineOf(conversation: Conversation): Timeline {
  const known = timelines.get(conversation);
  if (known) return known;
  const timeline = buildTimeline(conversation);
  timelines.set(conversation, timeline);
  return timeline;
}
