import type { BgpCourse } from '../../../../datamodel/bgp/course.ts';
import type { BgpDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import type { BgpSpeakerState } from '../../../../datamodel/bgp/state.ts';
import { ControlPlane } from './controlPlane.ts';
import { undoing } from './undoing.ts';
import { SECOND } from './virtualTime.ts';

/** Seconds that BIRDs get to connect to each other: connect delay, a retry, and the loop's scans. */
export const SETTLING = 15;
/** Seconds that a cut is watched: graceful restart and hold timers, with a scan behind each. */
export const WATCH = 250;

export interface CourseOptions {
  readonly seed: number;
  /** What was done before any BIRD was started. */
  readonly before?: readonly BgpDeed[];
  readonly cut?: BgpDeed;
  /** Seconds after the cut at which it is undone, as {@link undoing} says. */
  readonly restoreAfter?: number;
  /** Seconds that the end is watched for. */
  readonly watch?: number;
}

/** Starts all speakers, lets them settle, then cuts something and watches what follows. */
export function bgpCourse(
  plan: BgpPlan,
  { seed, before = [], cut, restoreAfter, watch = WATCH }: CourseOptions,
): BgpCourse {
  const controlPlane = new ControlPlane(plan, seed);
  for (const does of before) controlPlane.plan({ at: 0, does });
  controlPlane.runUntil(SETTLING);
  const states = (): readonly BgpSpeakerState[] =>
    plan.speakers.flatMap(({ name }) => controlPlane.stateOf(name) ?? []);
  const settledAt = lastChange(controlPlane, 0);
  const settled = states();
  if (!cut) return { plan, events: controlPlane.events, settledAt, settled };
  controlPlane.plan({ at: SETTLING, does: cut });
  const restoredAt = restoreAfter === undefined ? undefined : SETTLING + restoreAfter;
  const undo = undoing(cut);
  if (restoredAt !== undefined) controlPlane.plan({ at: restoredAt, does: undo });
  controlPlane.runUntil((restoredAt ?? SETTLING) + watch);
  const at = SETTLING * SECOND;
  const restored = restoredAt === undefined ? {} : { restored: { does: undo, at: restoredAt * SECOND } };
  const after = { does: cut, at, ...restored, convergedAt: lastChange(controlPlane, at), after: states() };
  return { plan, events: controlPlane.events, settledAt, settled, cut: after };
}

/** When a kernel's table last changed, nanoseconds; `from` where none did since. */
function lastChange({ events }: ControlPlane, from: number): number {
  return events.findLast(({ at, what }) => at >= from && what.kind === 'kernel')?.at ?? from;
}
