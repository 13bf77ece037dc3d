import { describe, expect, it } from 'vitest';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { ipAddress } from '../wire/address.ts';
import { articleCluster, TO_SERVICE } from './testing/flows.ts';
import { buildTimeline, type Segment, segmentAt, settledTime } from './timeline.ts';

const { send } = articleCluster();
const cold = send(TO_SERVICE);
const warm = send(TO_SERVICE);
const nobody = send({
  from: 'pod/default/frontend-x2k9p',
  to: { type: 'address', address: ipAddress('10.244.2.99') },
  as: 'ping',
});

function stretchOf(conversation: Conversation, label: string, role = 'forward'): number {
  const timeline = buildTimeline(conversation);
  const first = conversation.traces.find((trace) => trace.label === label && trace.role === role);
  const own = timeline.segments.filter(({ trace }) => trace === first);
  return own.at(-1)!.end - own[0]!.start;
}

describe.each([
  ['with cold caches', cold],
  ['with warm caches', warm],
  ['to nobody', nobody],
])('a conversation %s', (_, conversation) => {
  const { segments, duration, marks, bySteps } = buildTimeline(conversation);

  it('plays every step once, in the order in which it happened, but a drop before the error that it causes', () => {
    const ids = conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps.map((step) => step.id)));
    for (const trace of conversation.traces) {
      const own = segments.filter((segment) => segment.trace === trace).map(({ step }) => step.id);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expect(segments.map((segment) => segment.step.id).sort((a, b) => a - b)).toEqual(ids.sort((a, b) => a - b));
    expect(segments.every((segment, i) => i === 0 || segment.step.time >= segments[i - 1]!.step.time)).toBe(true);
    for (const error of conversation.traces.filter((trace) => trace.role === 'error')) {
      const { origin } = error;
      const drop = segments.findIndex(
        ({ step, trace }) => step.type === 'drop' && origin.type === 'caused' && trace.id === origin.trace,
      );
      expect(drop).toBeGreaterThanOrEqual(0);
      expect(drop).toBeLessThan(segments.findIndex(({ trace }) => trace === error));
    }
    expect(segments.every((segment, i) => i === 0 || segment.start >= segments[i - 1]!.start)).toBe(true);
    expect(segments.every((segment) => segment.end > segment.start && segment.end < duration)).toBe(true);
    expect(bySteps.size).toBe(segments.length);
  });

  it('never shows a packet in two steps at once, nor before its cause', () => {
    const last = new Map<number, Segment>();
    for (const segment of segments) {
      const before = last.get(segment.trace.id);
      if (before) expect(segment.start).toBeGreaterThanOrEqual(before.end);
      else if (segment.trace.origin.type === 'caused') {
        const cause = bySteps.get(segment.trace.origin.step);
        if (cause) expect(segment.start).toBeGreaterThanOrEqual(cause.start);
      }
      last.set(segment.trace.id, segment);
    }
  });

  it('marks where packets begin and enter namespaces', () => {
    for (const trace of conversation.traces) {
      const own = marks.filter((mark) => mark.trace === trace.id && mark.kind !== 'drop');
      expect(own).toHaveLength(trace.hops.length);
    }
    expect(marks.some((mark) => mark.kind === 'drop')).toBe(
      conversation.traces.some((trace) => trace.disposition.type === 'dropped'),
    );
  });

  it('finds the step of any moment', () => {
    expect(segmentAt(buildTimeline(conversation), -5)?.step.id).toBe(segments[0]?.step.id);
    expect(segmentAt(buildTimeline(conversation), duration)?.step.id).toBe(segments.at(-1)?.step.id);
    const lone = segments.filter((segment, i) => (segments[i + 1]?.start ?? duration) >= segment.end);
    for (const segment of lone)
      expect(segmentAt({ duration, segments, marks, bySteps }, settledTime(segment))).toBe(segment);
  });

  it("tells of a packet by its own steps, of an ARP question's unheard copies by who asked", () => {
    for (const { telling, trace } of segments) {
      const told = bySteps.get(telling)!.trace;
      if (told === trace) continue;
      expect([trace.role, trace.origin.type]).toEqual(['control', 'copy']);
      expect(told.label).toBe(trace.label);
    }
  });
});

describe('the tempo', () => {
  it('gives the first packet most of the time, and acknowledgements little', () => {
    expect(stretchOf(warm, 'SYN')).toBeGreaterThan(14_000);
    expect(stretchOf(warm, 'SYN')).toBeLessThan(25_000);
    expect(stretchOf(warm, 'SYN')).toBeGreaterThan(2.5 * stretchOf(warm, 'SYN ACK', 'reply'));
    expect(stretchOf(warm, 'ACK')).toBeLessThan(1_500);
    expect(buildTimeline(warm).duration).toBeLessThan(60_000);
  });

  it('lets nobody wait for what takes seconds, and says how long it took', () => {
    const waits = buildTimeline(nobody).segments.flatMap((segment) => (segment.wait ? [segment] : []));
    expect(waits.length).toBeGreaterThan(0);
    for (const { start, wait } of waits) expect(start - wait!.from).toBeLessThan(1_500);
    expect(waits.map(({ wait }) => wait?.label)).toContain('1.02 s');
  });

  it('follows a packet that is cut, joined and cut again through the pieces that carry it on', () => {
    const to = { type: 'address', address: ipAddress('10.244.2.47') } as const;
    const pieces = send({ from: 'pod/default/frontend-x2k9p', to, as: 'udp', port: 9, payload: 3000 });
    const { segments } = buildTimeline(pieces);
    const forward = pieces.traces.filter((trace) => trace.role === 'forward');
    const timeOf = (id: number): number =>
      segments.filter((segment) => segment.trace.id === id).reduce((sum, { start, end }) => sum + end - start, 0);
    const last = forward.findLast((trace) => trace.disposition.type === 'dropped')!;
    const sibling = forward.find(
      (trace) => trace.id !== last.id && trace.disposition.type === 'merged' && trace.disposition.into === last.id,
    )!;
    expect(timeOf(last.id)).toBeGreaterThan(3 * timeOf(sibling.id));
    expect(timeOf(forward[0]!.id)).toBeGreaterThan(2_500);
  });

  it('leaves every sentence on show long enough to be read', () => {
    for (const conversation of [cold, warm]) {
      const { segments } = buildTimeline(conversation);
      const own = segments.filter(({ trace }) => trace.role === 'forward' || trace.role === 'reply');
      const shown = own.filter((segment, i) => segment.telling !== own[i - 1]?.telling);
      const short = shown.filter((segment, i) => (shown[i + 1] ?? own.at(-1)!).start - segment.start < 900);
      // the last of a packet's sentences may be cut short by the next packet
      expect(short.length).toBeLessThan(shown.length / 5);
      expect(shown.length).toBeLessThan(conversation.traces.length * 4 + 16);
    }
  });

  it('has nothing to play in an empty conversation', () => {
    const empty = buildTimeline({ ...warm, traces: [] });
    expect([empty.duration, empty.segments.length, segmentAt(empty, 0)]).toEqual([0, 0, undefined]);
  });
});
