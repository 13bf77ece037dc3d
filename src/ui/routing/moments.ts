import type { LiveBgp } from '../../datamodel/bgp/course.ts';
import type { BgpEvent } from '../../datamodel/bgp/event.ts';
import { printBgpHappening } from '../../print/bgpTimeline.ts';

/** One moment at which something went from router to router, or changed a kernel's table. */
export interface Moment {
  /** Nanoseconds after what was done last, or after the start. */
  readonly after: number;
  readonly events: readonly BgpEvent[];
}

/** More are of no use to anybody. */
const MOST = 400;

/** All moments of what is known of the control plane, in order. The first is what was done, though nothing came of it yet. */
export function momentsOf({ events, last }: Pick<LiveBgp, 'events' | 'last'>): readonly Moment[] {
  const from = last?.at ?? 0;
  const moments: { after: number; events: BgpEvent[] }[] = [{ after: 0, events: [] }];
  for (const event of events) {
    if (event.what.kind === 'log' || printBgpHappening(event.what, false) === undefined) continue;
    const after = event.at - from;
    const open = moments.at(-1);
    if (open?.after === after) open.events.push(event);
    else if (moments.length < MOST) moments.push({ after, events: [event] });
  }
  return moments;
}

/** The latest moment that has come by then. @param after nanoseconds. */
export function momentAt(moments: readonly Moment[], after: number): number {
  return Math.max(
    0,
    moments.findLastIndex((moment) => moment.after <= after),
  );
}

/** Milliseconds while they matter, then seconds. */
export function timeText(nanoseconds: number): string {
  const value = nanoseconds / 1e9;
  return value < 1 ? `${(value * 1000).toFixed(2)} ms` : `${value.toFixed(3)} s`;
}
