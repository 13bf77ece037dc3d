import { describe, expect, it } from 'vitest';
import { UNDERLAYS } from '../../datamodel/cluster/underlay.ts';
import { sampleSources } from '../../manifests/sample.ts';
import { createSimulation } from '../../sim/createSimulation.ts';
import { DETAIL_LEVELS } from '../detail.ts';
import { contains, overlaps } from '../geometry.ts';
import { involvedIn } from '../involved.ts';
import { placeOf } from '../place.ts';
import { planJourney } from '../ride.ts';
import { buildTimeline } from '../timeline.ts';
import { layoutScene } from './layout.ts';

function farRequest(underlay: (typeof UNDERLAYS)[number]) {
  const created = createSimulation(sampleSources(), { underlay });
  if (!created.ok) throw new Error('The sample does not load');
  const simulation = created.value;
  const { nodes, pods } = simulation.cluster();
  const on = (node: string | undefined) => pods.find((pod) => !pod.hostNetwork && pod.node === node);
  const [from, to] = [on(nodes[0]?.name), on(nodes.at(-1)?.name)];
  const conversation = simulation.send({
    from: from?.netns ?? '',
    to: { type: 'address', address: to?.address ?? nodes[0]!.address },
    as: 'ping',
    payload: 56,
    repeat: 1,
    warm: false,
  });
  return { conversation, cluster: simulation.cluster() };
}

describe.each(UNDERLAYS)('drawn on the underlay %s', (underlay) => {
  const { conversation, cluster } = farRequest(underlay);
  const steps = conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
  const routers = new Set(cluster.underlay.routers.map(({ netns }) => netns));
  const involved = involvedIn(conversation, cluster);

  it.each(DETAIL_LEVELS)('has one station for every step in a router, its own: %s', (level) => {
    expect(steps.some((step) => routers.has(step.netns))).toBe(true);
    for (const width of [360, 800, 1800]) {
      const layout = layoutScene({ cluster, level, width, height: 640, involved, chosen: [] });
      const drawn = [layout.underlay.station, ...layout.routers.map(({ station }) => station)];
      for (const step of steps.filter(({ netns }) => routers.has(netns))) {
        const station = layout.stationOf(placeOf(step));
        expect(station.netns).toBe(step.netns);
        expect(drawn.filter((id) => id === station.id)).toHaveLength(1);
      }
    }
  });

  it('keeps routers apart, and inside of the bar', () => {
    for (const width of [360, 800, 1800]) {
      const layout = layoutScene({ cluster, level: 'plumbing', width, height: 640, involved, chosen: [] });
      const boxes = layout.routers.map(({ box }) => box);
      expect(boxes.filter((box) => !contains(layout.underlay.box, box))).toEqual([]);
      expect(boxes.flatMap((box, i) => boxes.slice(i + 1).filter((other) => overlaps(box, other)))).toEqual([]);
    }
  });

  it('lets packets ride from mark to mark without a break', () => {
    const layout = layoutScene({ cluster, level: 'plumbing', width: 1200, height: 700, involved, chosen: [] });
    for (const { legs } of planJourney(conversation, buildTimeline(conversation), layout).rides) {
      for (const [i, { stop, line }] of legs.entries()) {
        if (line.length === 0 || i === 0) continue;
        expect(line.at(-1)).toEqual(stop.point);
        expect(line[0]).toEqual(legs[i - 1]?.stop.point);
      }
    }
  });
});
