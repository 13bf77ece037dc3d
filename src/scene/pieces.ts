import type { Step } from '../datamodel/flow/step.ts';
import type { Conversation, Trace } from '../datamodel/flow/trace.ts';
import type { Segment, Timeline } from './timeline.ts';

/** Which part of a bigger packet a packet is. */
export interface Piece {
  /** 1-based, in the order of their bytes. */
  readonly index: number;
  readonly of: number;
  /** IP total length in bytes, without any tunnel around it. */
  readonly length: number;
  /** The step that cut it off. */
  readonly cut: Segment;
}

/** A packet by itself again after this share of the step that joins its pieces. */
export const JOINED_AT = 0.75;
/** Pieces are seen from this share of the step that cuts them on, and lie apart at the second. */
export const CUT_AT = 0.25;
export const APART_AT = 0.65;

/** Of every trace that a fragment step made: which piece it is. */
export function piecesOf(conversation: Conversation, timeline: Timeline): ReadonlyMap<number, Piece> {
  const families = new Map<number, Trace[]>();
  for (const trace of conversation.traces) {
    const { origin } = trace;
    if (origin.type !== 'copy' || timeline.bySteps.get(origin.step)?.step.type !== 'fragment') continue;
    const family = families.get(origin.step);
    if (family) family.push(trace);
    else families.set(origin.step, [trace]);
  }
  const pieces = new Map<number, Piece>();
  for (const [id, family] of families) {
    const cut = timeline.bySteps.get(id)!;
    const step = cut.step as Extract<Step, { type: 'fragment' }>;
    for (const [i, trace] of family.entries())
      pieces.set(trace.id, { index: i + 1, of: family.length, length: step.pieces[i] ?? 0, cut });
  }
  return pieces;
}

/** For every piece that waits for the others and goes on in the last one: the step in which they are joined. */
export function joinsOf(conversation: Conversation, timeline: Timeline): ReadonlyMap<number, Segment> {
  const traces = new Map(conversation.traces.map((trace) => [trace.id, trace]));
  const joins = new Map<number, Segment>();
  for (const { id, disposition, hops } of conversation.traces) {
    const last = hops.at(-1)?.steps.at(-1);
    if (disposition.type !== 'merged' || !last) continue;
    const join = traces
      .get(disposition.into)
      ?.hops.flatMap((hop) => hop.steps)
      .find((step) => step.type === 'reassemble' && step.netns === disposition.netns && step.id > last.id);
    const segment = join && timeline.bySteps.get(join.id);
    if (segment) joins.set(id, segment);
  }
  return joins;
}
