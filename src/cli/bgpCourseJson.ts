import type { BgpCourse } from '../datamodel/bgp/course.ts';
import type { BgpEvent } from '../datamodel/bgp/event.ts';

/** The course as JSON: times in seconds of virtual time, messages with their bytes left out. */
export function bgpCourseJson({ plan, events, settledAt, settled, cut }: BgpCourse): string {
  const course = {
    speakers: plan.speakers.map(({ name, routerId, peers }) => ({ name, routerId, as: peers[0]?.localAs ?? null })),
    links: plan.links,
    settledAt: inSeconds(settledAt),
    settled,
    events: events.map(({ at, what }: BgpEvent) => ({ at: inSeconds(at), ...what })),
    ...(cut && {
      cut: {
        ...cut,
        at: inSeconds(cut.at),
        convergedAfter: inSeconds(cut.convergedAt - cut.at),
        ...(cut.restored && { restored: { ...cut.restored, at: inSeconds(cut.restored.at) } }),
      },
    }),
  };
  return `${JSON.stringify(course, null, 2)}\n`;
}

function inSeconds(nanoseconds: number): number {
  return nanoseconds / 1e9;
}
