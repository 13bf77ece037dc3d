import { describe, expect, it } from 'vitest';
import type { Step } from '../../datamodel/flow/step.ts';
import { readClusterFlows, simulateCapturedFlow } from '../../sim/captured/capturedFlow.ts';
import { DETAIL_LEVELS, type DetailLevel } from '../detail.ts';
import { involvedIn } from '../involved.ts';
import { placeOf } from '../place.ts';
import { layoutScene } from './layout.ts';
import { deviceStation, rowStation, type SceneLayout } from './model.ts';

const flows = readClusterFlows();

/** The marks that the drawing has, each as often as it is drawn: by the parts that are rendered, not by the index over them. */
function drawn(layout: SceneLayout): ReadonlyMap<string, number> {
  const marks = new Map<string, number>();
  const draw = (station: string | undefined): void => {
    if (station !== undefined) marks.set(station, (marks.get(station) ?? 0) + 1);
  };
  for (const column of layout.columns) {
    for (const pod of column.pods) {
      draw(pod.station);
      draw(pod.veth?.station);
    }
    draw(column.fold?.station);
    for (const { rows } of column.blocks) {
      for (const { faces } of rows) {
        draw(faces.down?.station);
        draw(faces.up?.station);
      }
    }
  }
  draw(layout.underlay.station);
  for (const { station } of layout.routers) draw(station);
  for (const { station } of layout.outside) draw(station);
  for (const { station } of layout.tiles) draw(station);
  draw(layout.tileFold?.station);
  return marks;
}

/** What is wrong with where a step is drawn; undefined when nothing is. */
function fault(step: Step, level: DetailLevel, layout: SceneLayout, marks: ReadonlyMap<string, number>) {
  const place = placeOf(step);
  const station = layout.stationOf(place);
  const what = `${step.type} ${step.id} at ${place.netns} ${place.lane} ${place.slot} ${place.device ?? ''} ${place.part ?? ''}`;
  const times = marks.get(station.id) ?? 0;
  if (times !== 1) return `${what}: ${station.id} is drawn ${times} times`;
  if (layout.stations.get(station.id) !== station) return `${what}: ${station.id} is no station of the drawing`;
  // who is not drawn has a tile or a fold; the underlay takes in nobody else's steps
  if (station.netns !== place.netns && station.kind !== 'fold' && station.kind !== 'tile')
    return `${what}: it is drawn in ${station.netns}`;
  if (level === 'cluster' || !layout.columns.some((column) => column.netns === place.netns)) return undefined;
  if (place.slot === 'device' && place.device !== 'lo') {
    const own = [
      deviceStation(place.netns, place.lane, place.device ?? ''),
      deviceStation(place.netns, 'down', place.device ?? ''),
    ];
    return own.includes(station.id) ? undefined : `${what}: its device is not drawn but ${station.id}`;
  }
  if (level === 'kernel' && place.slot !== 'device') {
    const own = [
      rowStation(place.netns, place.lane, place.slot),
      rowStation(place.netns, place.lane, place.slot, place.part),
    ];
    return own.includes(station.id) ? undefined : `${what}: its own row is not drawn but ${station.id}`;
  }
  return undefined;
}

describe('flows as a real kernel carried them: every step has exactly one station, and its own', () => {
  it.each(flows.map((flow) => [flow.name, flow] as const))('%s', (_, flow) => {
    const { conversation, cluster } = simulateCapturedFlow(flow);
    const steps = conversation.traces.flatMap((trace) => trace.hops.flatMap((hop) => hop.steps));
    expect(steps.length).toBeGreaterThan(0);
    const involved = involvedIn(conversation, cluster);
    for (const level of DETAIL_LEVELS) {
      for (const width of [360, 800, 1800]) {
        const layout = layoutScene({ cluster, level, width, height: 640, involved, chosen: [] });
        const marks = drawn(layout);
        const faults = steps.flatMap((step) => fault(step, level, layout, marks) ?? []);
        expect(faults.slice(0, 5), `${level}, ${width} pixels wide`).toEqual([]);
      }
    }
  });
});
