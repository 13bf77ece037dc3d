import type { EntryRef } from '../../datamodel/flow/step.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';

/** The moment that is shown, without a React render per frame. All times are milliseconds of playback at 1×. */
export interface Playhead {
  /** Where playback is now. */
  get(): number;
  /** Calls back on every animation frame while playing and once after every jump. @returns the way to stop it. */
  subscribe(listener: () => void): () => void;
}

/** What the pointer or the focus is on; undefined when on nothing. */
export interface StageHover {
  readonly netns: NetnsId;
  /** The step that was decided at the station, of the packet that is shown. */
  readonly step?: number;
  /** The table line that decided it. */
  readonly entry?: EntryRef;
}
