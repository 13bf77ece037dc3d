import type { LiveBgp } from '../../../../datamodel/bgp/course.ts';
import type { BgpEvent } from '../../../../datamodel/bgp/event.ts';
import type { TimedDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import { ControlPlane } from './controlPlane.ts';
import { SETTLING, WATCH } from './course.ts';
import { SECOND } from './virtualTime.ts';

/** Events that anybody reads. */
const MOST_EVENTS = 4000;

/**
 * Runs the speakers of a plan from their start and does to them what was done.
 *
 * @param routing what was done and what time it is, nanoseconds of one clock.
 * @param at seconds after the last deed, or after the start where there was none, at which speakers are looked at; absent: now.
 */
export function liveBgp(
  plan: BgpPlan,
  { deeds, now }: { readonly deeds: readonly TimedDeed[]; readonly now: number },
  seed: number,
  at?: number,
): LiveBgp {
  const [first] = deeds;
  const last = deeds.at(-1);
  // without a deed nothing says when BIRDs were started: they settled long ago
  const begin = first ? first.at - SETTLING * SECOND : 0;
  const from = last ? last.at - begin : 0;
  const present = first ? now - begin : SETTLING * SECOND;
  const shownAt = at === undefined ? present : from + Math.round(at * SECOND);
  const end = first ? from + WATCH * SECOND : SETTLING * SECOND;
  const controlPlane = new ControlPlane(plan, seed);
  for (const deed of deeds) controlPlane.plan({ at: (deed.at - begin) / SECOND, does: deed.does });
  controlPlane.runUntil(Math.min(shownAt, end) / SECOND);
  const states = plan.speakers.flatMap(({ name }) => controlPlane.stateOf(name) ?? []);
  controlPlane.runUntil(end / SECOND);
  const events = controlPlane.events.filter((event) => event.at >= from);
  return {
    plan,
    ...(last && { last: { does: last.does, at: from } }),
    events: events.filter(isNews).slice(0, MOST_EVENTS),
    settledAt: events.findLast(({ what }) => what.kind === 'kernel')?.at ?? from,
    now: present,
    shown: { at: shownAt, states },
  };
}

/** Keepalives come and go all the time, and session states stand in the log too. */
function isNews({ what }: BgpEvent): boolean {
  return what.kind === 'sent' ? what.message.type !== 'KEEPALIVE' : what.kind !== 'session';
}
