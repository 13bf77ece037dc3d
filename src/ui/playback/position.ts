import type { Conversation, Trace } from '../../datamodel/flow/trace.ts';
import type { Timeline } from '../../scene/timeline.ts';
import { timelineOf } from '../timelines.ts';

/** Where a step is in its conversation, in the words of the hop list. */
export interface Position {
  /** 1-based, of all steps. */
  readonly step: number;
  readonly steps: number;
  /** 1-based, of its packet. */
  readonly hop: number;
  readonly hops: number;
  readonly trace: Trace;
  /** Virtual nanoseconds since the conversation began. */
  readonly time: number;
}

const orders = new WeakMap<Timeline, ReadonlyMap<number, number>>();

export function positionOf(conversation: Conversation | undefined, step: number | undefined): Position | undefined {
  if (!conversation || step === undefined) return undefined;
  const timeline = timelineOf(conversation);
  const segment = timeline.bySteps.get(step);
  const order = orderOf(timeline).get(step);
  if (!segment || order === undefined) return undefined;
  const { trace } = segment;
  const hop = trace.hops.findIndex((each) => each.steps.some(({ id }) => id === step));
  return {
    step: order + 1,
    steps: timeline.segments.length,
    hop: hop + 1,
    hops: trace.hops.length,
    trace,
    time: segment.step.time - conversation.start,
  };
}

function orderOf(timeline: Timeline): ReadonlyMap<number, number> {
  const known = orders.get(timeline);
  if (known) return known;
  const order = new Map(timeline.segments.map((segment, i) => [segment.step.id, i]));
  orders.set(timeline, order);
  return order;
}
