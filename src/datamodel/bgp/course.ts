import type { BgpEvent } from './event.ts';
import type { BgpDeed } from './operation.ts';
import type { BgpPlan } from './plan.ts';
import type { BgpSpeakerState } from './state.ts';

/** A run of the control plane: from the start of all BIRDs until they have settled, and what a cut did to it. */
export interface BgpCourse {
  readonly plan: BgpPlan;
  readonly events: readonly BgpEvent[];
  /** Nanoseconds of virtual time after which no kernel's table changed any more, before anything was done. */
  readonly settledAt: number;
  /** Of every speaker, once settled. */
  readonly settled: readonly BgpSpeakerState[];
  readonly cut?: BgpCut;
}

export interface BgpCut {
  readonly does: BgpDeed;
  /** Nanoseconds of virtual time. */
  readonly at: number;
  /** Undoes it again, where somebody asked for that. */
  readonly restored?: { readonly does: BgpDeed; readonly at: number };
  /** The last change of a kernel's table that followed from it; `at` where there was none. */
  readonly convergedAt: number;
  /** Of every speaker, at the end. */
  readonly after: readonly BgpSpeakerState[];
}

/** What somebody wants to see of the control plane. */
export interface BgpQuestion {
  readonly cut?: BgpDeed;
  /** Seconds after the cut at which it is undone. */
  readonly restoreAfter?: number;
}

export type BgpAnswer =
  | { readonly kind: 'course'; readonly course: BgpCourse }
  /** The network uses no BGP. */
  | { readonly kind: 'none' }
  /** More sessions than can be followed in time while somebody waits. */
  | { readonly kind: 'too-many'; readonly sessions: number; readonly most: number };
