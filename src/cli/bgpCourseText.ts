import type { BgpCourse } from '../datamodel/bgp/course.ts';
import type { BgpSpeakerState } from '../datamodel/bgp/state.ts';
import { printBgpKernelRoute } from '../print/bgpKernelRoute.ts';
import { printBgpTimeline } from '../print/bgpTimeline.ts';
import { printBirdProtocols } from '../print/birdProtocols.ts';
import { printBirdRoutes } from '../print/birdRoutes.ts';

/** Every speaker's sessions and routes once settled, the time line, and the same again after a cut. */
export function bgpCourseText(course: BgpCourse, messages: boolean): string {
  const { cut, events, settled } = course;
  const from = cut?.at ?? 0;
  const lines = [
    `# settled after ${seconds(course.settledAt)}`,
    ...settled.flatMap(describe),
    cut ? '# time line from the cut' : '# time line from the start',
    ...printBgpTimeline(
      events.filter(({ at }) => at >= from),
      { from, messages },
    ),
    ...(cut ? [`# converged ${seconds(cut.convergedAt - cut.at)} after the cut`, ...cut.after.flatMap(describe)] : []),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function describe(state: BgpSpeakerState): readonly string[] {
  const routes = state.kernel.flatMap(printBgpKernelRoute);
  if (!state.running) return ['', `## ${state.name} (no BIRD runs)`, '# ip route', ...routes];
  return [
    '',
    `## ${state.name}`,
    '# birdc show protocols',
    ...printBirdProtocols(state),
    '# birdc show route',
    ...printBirdRoutes(state, false),
    '# ip route',
    ...routes,
  ];
}

function seconds(nanoseconds: number): string {
  return `${(nanoseconds / 1e9).toFixed(3)} s`;
}
