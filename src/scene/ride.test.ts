import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress } from '../wire/address.ts';
import { DETAIL_LEVELS } from './detail.ts';
import { framesAt, waitAt } from './frame.ts';
import { wayLength } from './geometry.ts';
import { involvedIn } from './involved.ts';
import { layoutScene } from './layout/layout.ts';
import { litAt } from './lit.ts';
import { namesOf } from './names.ts';
import { placeOf } from './place.ts';
import { planJourney } from './ride.ts';
import { articleCluster, CLIENT, TO_SERVICE } from './testing/flows.ts';
import { buildTimeline, MOVING_SHARE, settledTime } from './timeline.ts';

const { view, send } = articleCluster();
const conversations = {
  'to a Service': send(TO_SERVICE),
  'to a Service, warm': send(TO_SERVICE),
  'on one node': send({
    from: 'pod/default/frontend-x2k9p',
    to: { type: 'address', address: ipAddress('10.244.1.24') },
    port: 8080,
  }),
  'from outside': send({
    ...TO_SERVICE,
    from: CLIENT,
    to: { type: 'address', address: ipAddress('192.168.1.13') },
    port: 30080,
  }),
  refused: send({ from: 'pod/default/frontend-x2k9p', to: { type: 'address', address: ipAddress('10.96.42.99') } }),
  'to nobody': send({ from: 'node/worker-01', to: { type: 'address', address: ipAddress('10.244.2.99') }, as: 'ping' }),
  'in fragments': send({
    from: 'pod/default/frontend-x2k9p',
    to: { type: 'address', address: ipAddress('10.244.2.47') },
    as: 'udp',
    port: 9,
    payload: 3000,
  }),
};

function journeyOf(name: keyof typeof conversations, level: (typeof DETAIL_LEVELS)[number] = 'plumbing', width = 786) {
  const conversation = conversations[name];
  const involved = involvedIn(conversation, view);
  const layout = layoutScene({ cluster: view, level, width, height: 634, involved, chosen: [] });
  return planJourney(conversation, buildTimeline(conversation), layout);
}

describe.each(Object.keys(conversations) as (keyof typeof conversations)[])('the ride %s', (name) => {
  it.each(DETAIL_LEVELS)('goes without a leap from station to station at %s level', (level) => {
    const { rides, layout } = journeyOf(name, level);
    for (const { legs } of rides) {
      for (const [i, { way, stop, segment }] of legs.entries()) {
        const before = legs[i - 1];
        if (before) expect(way.points[0]).toEqual(before.stop.stand);
        expect(way.points.at(-1)).toEqual(stop.stand);
        expect(stop.station).toBe(layout.stationOf(placeOf(segment.step)));
        for (const { x, y } of way.points) {
          expect(x >= 0 && x <= layout.width && y >= 0 && y <= layout.height).toBe(true);
        }
      }
    }
  });

  it('has one speed in each namespace, and stands before the next step', () => {
    for (const { legs } of journeyOf(name).rides) {
      const speeds = new Map<string, number>();
      for (const { segment, way, arrives } of legs) {
        expect(arrives).toBeLessThanOrEqual(segment.start + (segment.end - segment.start) * MOVING_SHARE + 1e-6);
        if (wayLength(way) === 0) continue;
        const speed = wayLength(way) / (arrives - segment.start);
        const { netns } = segment.step;
        expect(speed).toBeCloseTo(speeds.get(netns) ?? speed, 6);
        speeds.set(netns, speed);
      }
    }
  });

  it('lights no station before its packet has met it', () => {
    const journey = journeyOf(name);
    const names = namesOf(view);
    for (const { segment } of journey.rides.flatMap((ride) => ride.legs)) {
      const scene = litAt(journey, segment.step.id, names);
      const now = journey.order.get(segment.step.id)!;
      expect([...scene.lit.values()].every((lit) => journey.order.get(lit.step)! <= now)).toBe(true);
      expect(scene.lit.get(scene.current ?? '')?.focus).toBe(true);
      const ahead = scene.stretches.findIndex((stretch) => stretch.ahead);
      expect(scene.stretches.slice(ahead < 0 ? scene.stretches.length : ahead).every((stretch) => stretch.ahead)).toBe(
        true,
      );
    }
  });

  it('shows at any moment the packet that is told about first, and nobody twice', () => {
    const journey = journeyOf(name);
    fc.assert(
      fc.property(fc.double({ min: 0, max: journey.timeline.duration, noNaN: true }), (time) => {
        const frames = framesAt(journey, time);
        expect(frames[0]?.focus).toBe(true);
        expect(new Set(frames.map((frame) => frame.trace)).size).toBe(frames.length);
        for (const { progress } of frames) expect(progress >= 0 && progress <= 1).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('what happens to a capsule', () => {
  const journey = journeyOf('to a Service, warm');
  const settled = (type: string, label = 'SYN') => {
    const segment = journey.timeline.segments.find(
      (candidate) => candidate.step.type === type && candidate.trace.label === label,
    )!;
    return framesAt(journey, settledTime(segment))[0]!;
  };

  it('DNAT rewrites its label in flight', () => {
    const { change, capsule } = settled('translate');
    expect(change).toEqual({
      type: 'rewrite',
      end: 'destination',
      before: '10.96.42.10:80',
      after: '10.244.2.47:8080',
    });
    expect(capsule.label).toBe('10.244.2.47:8080');
  });

  it('the tunnel wraps it in 50 bytes and takes them off again', () => {
    expect(settled('encapsulate')).toMatchObject({
      change: { type: 'wrap' },
      capsule: { overhead: 50 },
      tone: 'tunnel',
    });
    expect(settled('decapsulate')).toMatchObject({
      change: { type: 'unwrap' },
      capsule: { overhead: 0 },
      tone: 'plain',
    });
  });

  it('the answer gets the Service back as its source', () => {
    const { change, tone } = settled('translate', 'SYN ACK');
    expect(change).toEqual({ type: 'rewrite', end: 'source', before: '10.244.2.47:8080', after: '10.96.42.10:80' });
    expect(tone).toBe('reply');
  });

  it('a drop says why', () => {
    const { timeline } = journeyOf('refused');
    const drop = timeline.segments.find((segment) => segment.step.type === 'drop')!;
    expect(framesAt(journeyOf('refused'), settledTime(drop)).some((frame) => frame.change?.type === 'drop')).toBe(true);
  });

  it('a wait is called by its length', () => {
    const waiting = journeyOf('to nobody');
    const { wait, start } = waiting.timeline.segments.find((segment) => segment.wait)!;
    expect(waitAt(waiting, (wait!.from + start) / 2)).toMatchObject({ label: wait!.label, progress: 0.5 });
    expect(waitAt(waiting, start + 1)).toBeUndefined();
  });
});

it('leaves out nobody when the flow splits into fragments', () => {
  const { rides } = journeyOf('in fragments');
  expect(rides.filter((ride) => ride.legs.some((leg) => leg.capsule.piece)).length).toBeGreaterThan(1);
});

describe('what an error is about', () => {
  it('stays lit while the error rides back, beside what the error meets', () => {
    const journey = journeyOf('refused');
    const names = namesOf(view);
    const error = journey.rides.find((ride) => ride.trace.role === 'error')!;
    const dropped = journey.rides.find((ride) => ride.trace.disposition.type === 'dropped')!;
    const scene = litAt(journey, error.legs.at(-1)!.segment.step.id, names);
    const end = scene.lit.get(dropped.legs.at(-1)!.stop.station.id);
    expect(end?.chip.tone === 'drop' || end?.focus).toBe(true);
    const waiting = [...scene.lit.values()].filter((lit) => !lit.focus);
    const own = new Set(dropped.legs.map((leg) => leg.segment.step.id));
    expect(waiting.some((lit) => own.has(lit.step))).toBe(true);
  });
});

describe('what a piece has been before', () => {
  it('is its own way: all that the whole packet met stays lit', () => {
    const pieces = articleCluster().send({
      from: 'pod/default/frontend-x2k9p',
      to: { type: 'address', address: ipAddress('10.244.2.47') },
      as: 'udp',
      port: 9,
      payload: 3000,
    });
    const layout = layoutScene({
      cluster: view,
      level: 'plumbing',
      width: 800,
      height: 640,
      involved: involvedIn(pieces, view),
      chosen: [],
    });
    const journey = planJourney(pieces, buildTimeline(pieces), layout);
    const dropped = journey.rides.find((ride) => ride.trace.disposition.type === 'dropped')!;
    expect(dropped.trace.origin.type).toBe('copy');
    const scene = litAt(journey, dropped.legs.at(-1)!.segment.step.id, namesOf(view));
    const start = journey.rides[0]!.legs[0]!.stop.station.id;
    expect(scene.lit.get(start)?.focus).toBe(true);
    expect([...scene.lit.values()].some((lit) => lit.chip.text === '+50 B' && lit.focus)).toBe(true);
  });
});
