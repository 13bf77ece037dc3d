import { describe, expect, it } from 'vitest';
import { readCapturedFlows, simulateCapturedFlow } from '../sim/captured/capturedFlow.ts';
import { beside } from './beside.ts';
import { framesAt } from './frame.ts';
import { involvedIn } from './involved.ts';
import { layoutScene } from './layout/layout.ts';
import { planJourney } from './ride.ts';
import { buildTimeline, settledTime } from './timeline.ts';

const flow = readCapturedFlows().find(({ name }) => name === '09_mtu_all_udp_nodf');
if (!flow) throw new Error('there is no such flow');
const { conversation, cluster } = simulateCapturedFlow(flow);
const layout = layoutScene({
  cluster,
  level: 'plumbing',
  width: 786,
  height: 634,
  involved: involvedIn(conversation, cluster),
  chosen: [],
});
const journey = planJourney(conversation, buildTimeline(conversation), layout);
const { segments } = journey.timeline;
const segmentOf = (type: string, nth = 0) => segments.filter(({ step }) => step.type === type)[nth]!;
const piecesAt = (time: number) => framesAt(journey, time).filter(({ piece }) => piece);
const labels = (time: number) =>
  piecesAt(time)
    .map(({ piece }) => `${piece?.index}/${piece?.of} ${piece?.length}`)
    .sort();

describe('a packet that is cut', () => {
  it('is whole, then its two pieces where it stood, each with its length', () => {
    const cut = segmentOf('fragment');
    expect(piecesAt(cut.start + 1)).toEqual([]);
    expect(framesAt(journey, cut.start + 1)[0]?.change).toMatchObject({ type: 'split', left: 1 });
    expect(labels(settledTime(cut))).toEqual(['1/2 1444', '2/2 76']);
    expect(framesAt(journey, settledTime(cut))[0]?.change).toMatchObject({ type: 'split', left: 0 });
    const [a, b] = piecesAt(settledTime(cut));
    expect(a?.point).toEqual(b?.point);
    expect([a?.aside, b?.aside].toSorted()).toEqual([0, 27]);
  });

  it('is never without one of its pieces from the cut to the joining', () => {
    const [from, to] = [settledTime(segmentOf('fragment')), segmentOf('reassemble').start];
    for (let time = from; time < to; time += 50) expect(labels(time)).toEqual(['1/2 1444', '2/2 76']);
  });

  it('is joined from both to one, which has no piece’s name any more', () => {
    const join = segmentOf('reassemble');
    expect(labels(join.start + 1)).toEqual(['1/2 1444', '2/2 76']);
    const after = framesAt(journey, settledTime(join));
    expect(after.filter(({ piece }) => piece)).toEqual([]);
    expect(after[0]).toMatchObject({ change: { type: 'join' }, capsule: { label: '10.244.1.3:9000', piece: false } });
  });

  it('is cut and joined once more, with the same borders', () => {
    expect(labels(settledTime(segmentOf('fragment', 1)))).toEqual(['1/2 1444', '2/2 76']);
    expect(labels(segmentOf('reassemble', 1).start + 1)).toEqual(['1/2 1444', '2/2 76']);
    expect(segments.filter(({ step }) => step.type === 'reassemble')).toHaveLength(2);
  });

  it('nowhere jumps: from one picture to the next no piece moves further than it can ride', () => {
    let before = new Map<number, { x: number; y: number }>();
    for (let time = settledTime(segmentOf('fragment')); time < segmentOf('reassemble').end; time += 4) {
      const now = new Map(
        piecesAt(time).map(({ trace, point, aside, ahead }) => [trace, { x: point.x, y: point.y + aside * ahead }]),
      );
      for (const [trace, place] of now) {
        const was = before.get(trace);
        // a change of lanes turns the side on which the second lies
        if (was) expect(Math.hypot(place.x - was.x, place.y - was.y)).toBeLessThan(60);
      }
      before = now;
    }
  });
});

describe('places beside each other', () => {
  const cut = segmentOf('fragment');
  const at = (index: number, y: number) => ({
    piece: { index, of: 3, length: 100, cut },
    point: { x: 0, y },
    apart: 1,
    aside: 0,
    capsule: { shells: ['ip'] as const },
  });

  it('are as many as pieces stand there, in their order', () => {
    expect(beside([at(3, 0), at(1, 0), at(2, 0)]).map(({ aside }) => aside)).toEqual([54, 0, 27]);
  });

  it('are not needed by pieces that are far from each other, and grow as they meet', () => {
    const asideAt = (distance: number) => beside([at(1, 0), at(2, distance)])[1]?.aside ?? Number.NaN;
    expect(asideAt(200)).toBe(0);
    expect(asideAt(30)).toBeGreaterThan(asideAt(50));
    expect(asideAt(0)).toBe(27);
  });
});
