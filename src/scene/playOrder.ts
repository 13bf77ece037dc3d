import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../datamodel/flow/trace.ts';

/** A step with the packet that it belongs to. */
export interface Played {
  readonly step: Step;
  readonly trace: Trace;
}

/**
 * All steps in the order in which they are played: as they happened, but for one thing. A kernel sends its ICMP error while it
 * still holds the packet, and lets go of that afterwards; told that way the answer would come before its reason, so a packet's
 * end is played before the error that tells of it. Both happen in the same instant.
 */
export function playOrder(conversation: Conversation): Played[] {
  const moved = dropsBeforeErrors(conversation);
  const keyed = conversation.traces.flatMap((trace) =>
    trace.hops.flatMap((hop) => hop.steps.map((step) => ({ step, trace, key: moved.get(step.id) ?? step.id }))),
  );
  keyed.sort((a, b) => a.key - b.key);
  return keyed.map(({ step, trace }) => ({ step, trace }));
}

/** Ids of last steps of dropped packets, with where they are played: between two ids. */
function dropsBeforeErrors(conversation: Conversation): ReadonlyMap<number, number> {
  const traces = new Map(conversation.traces.map((trace) => [trace.id, trace]));
  const result = new Map<number, number>();
  for (const error of conversation.traces) {
    const { origin } = error;
    const first = error.hops[0]?.steps[0];
    const hop = origin.type === 'caused' ? traces.get(origin.trace)?.hops.at(-1) : undefined;
    const drop = hop?.steps.at(-1);
    if (error.role !== 'error' || !first || drop?.type !== 'drop') continue;
    if (drop.time !== first.time || drop.netns !== first.netns) continue;
    const late = hop!.steps.filter((step) => step.id > first.id);
    for (const [i, step] of late.entries()) result.set(step.id, first.id - 1 + (i + 1) / (late.length + 1));
  }
  return result;
}
