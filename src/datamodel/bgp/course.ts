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

/** What somebody wants to see of the control plane as it is. */
export interface BgpQuestion {
  /** Seconds after what was done last to the network, or after the start where nothing was; absent: now. */
  readonly at?: number;
}

/** The control plane's own time line as far as it is known: nanoseconds of its virtual time, which begins when BIRDs start. */
export interface LiveBgp {
  readonly plan: BgpPlan;
  /** What was done last to the network; absent: nothing. */
  readonly last?: { readonly does: BgpDeed; readonly at: number };
  /** From what was done last on, or from the start; keepalives and sessions' states left out. */
  readonly events: readonly BgpEvent[];
  /** The last change of a kernel's table. */
  readonly settledAt: number;
  /** When packets would be sent now. */
  readonly now: number;
  /** Of every speaker, at the moment that was asked for. */
  readonly shown: { readonly at: number; readonly states: readonly BgpSpeakerState[] };
}

export type BgpAnswer =
  | { readonly kind: 'live'; readonly live: LiveBgp }
  /** The network uses no BGP. */
  | { readonly kind: 'none' }
  /** More sessions than can be followed in time while somebody waits. */
  | { readonly kind: 'too-many'; readonly sessions: number; readonly most: number };
