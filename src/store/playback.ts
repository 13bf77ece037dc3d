import type { StoreApi } from 'zustand/vanilla';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { AppState, PlaybackSlice } from './appState.ts';
import { Clock, type Frames } from './clock.ts';
import { isAside } from './follow.ts';
import { indexAt, type Track } from './track.ts';

/** React hears of a new step at most so often while playing: what passes faster is not read anyway. */
const PUBLISH_EVERY = 110;

/** Plays a conversation like a video. The time is the clock's; React only hears when another step is shown. */
export class Playback {
  readonly clock: Clock;
  readonly #store: StoreApi<AppState>;
  readonly #now: () => number;
  #track: Track | undefined;
  #published = 0;
  /** Indices of segments that are visited, when some are left out. */
  #visited: readonly number[] | undefined;

  constructor(store: StoreApi<AppState>, frames: Frames, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.clock = new Clock(frames);
    this.clock.setSpeed(store.getState().preferences.speed);
    this.clock.setSkip((time) => this.#skip(time));
    this.clock.subscribe(() => this.#publish());
  }

  /** Shows a conversation from its beginning; undefined: nothing. */
  open(conversation: Conversation | undefined, track: Track | undefined): void {
    this.#track = track;
    this.#visited = undefined;
    this.#store.setState((state) => ({
      traffic: { ...state.traffic, conversation, track },
      playback: { playing: false, step: track?.segments[0]?.step.id, told: track?.segments[0]?.telling },
    }));
    this.refollow();
    this.clock.open(track?.duration ?? 0);
  }

  /**
   * Shows what became of the conversation that is shown, from the step that is shown on: the steps up to it are the same.
   * Playing goes on.
   */
  goOn(conversation: Conversation, track: Track): void {
    const time = this.clock.get();
    const shown = this.#track?.segments[this.#index()];
    const again = shown && track.bySteps.get(shown.step.id);
    const { playing } = this.clock;
    const offset = shown ? Math.min(1, (time - shown.start) / Math.max(1, shown.end - shown.start)) : 0;
    this.#track = track;
    this.#visited = undefined;
    this.#store.setState((state) => ({ traffic: { ...state.traffic, conversation, track } }));
    this.refollow();
    this.clock.open(track.duration);
    this.clock.seek(again ? again.start + offset * (again.end - again.start) : 0);
    if (playing && this.clock.get() < track.duration) this.clock.play();
  }

  /** Reads anew what is left out. */
  refollow(): void {
    const track = this.#track;
    const leaveOut = track !== undefined && this.#store.getState().preferences.follow === 'request';
    const kept = leaveOut ? track.segments.flatMap((segment, i) => (isAside(segment.trace) ? [] : [i])) : [];
    this.#visited = kept.length > 0 ? kept : undefined;
  }

  toggle(): void {
    if (this.clock.playing) this.clock.pause();
    else this.clock.play();
  }

  /** Goes to the next or previous step that is followed, and stops there. */
  step(by: 1 | -1): void {
    const here = this.#index();
    const track = this.#track;
    if (here < 0 || !track) return;
    const next = this.#visited
      ? by > 0
        ? this.#visited.find((index) => index > here)
        : this.#visited.findLast((index) => index < here)
      : here + by;
    this.#rest(Math.min(track.segments.length - 1, Math.max(0, next ?? here)));
  }

  /** Goes to the next mark (a packet's birth, a namespace entered, a drop), or to the one before. */
  hop(by: 1 | -1): void {
    const track = this.#track;
    const here = this.#index();
    const current = track?.segments[here];
    if (!track || !current) return;
    const followed = this.#visited && new Set(this.#visited.map((index) => track.segments[index]?.step.id));
    const marks = track.marks.filter((mark) => !followed || followed.has(mark.step));
    const target =
      by > 0 ? marks.find((mark) => mark.time > current.start) : marks.findLast((mark) => mark.time < current.start);
    if (target) this.toStep(target.step);
    else this.#rest(by > 0 ? (this.#visited?.at(-1) ?? track.segments.length - 1) : (this.#visited?.[0] ?? 0));
  }

  toStep(id: number): void {
    const segment = this.#track?.bySteps.get(id);
    if (segment) this.#rest(this.#track?.segments.indexOf(segment) ?? 0);
  }

  toStart(): void {
    this.clock.seek(0);
  }

  toEnd(): void {
    if (this.clock.playing) this.clock.pause();
    this.clock.seek(this.#track?.duration ?? 0);
  }

  /** The step that is shown now, by the clock rather than by what React has heard. */
  #index(): number {
    return this.#track ? indexAt(this.#track, this.clock.get()) : -1;
  }

  /** Stops where the step has happened and the next has not begun. */
  #rest(index: number): void {
    const segment = this.#track?.segments[index];
    if (!segment) return;
    const next = this.#track?.segments[index + 1]?.start ?? segment.end;
    if (this.clock.playing) this.clock.pause();
    this.clock.seek(Math.max(segment.start, Math.min(segment.end, next) - 1));
  }

  /** Jumps over what is left out. */
  #skip(time: number): number {
    const track = this.#track;
    if (!track || !this.#visited) return time;
    const here = indexAt(track, time);
    const next = this.#visited.find((index) => index >= here);
    if (next === here) return time;
    return next === undefined ? track.duration : (track.segments[next]?.start ?? time);
  }

  #publish(): void {
    const track = this.#track;
    const { playing } = this.clock;
    const before = this.#store.getState().playback;
    const segment = track?.segments[this.#index()];
    const told = playing ? segment?.telling : segment?.step.id;
    const next: PlaybackSlice = { playing, step: segment?.step.id, told };
    if (next.playing === before.playing && next.step === before.step && next.told === before.told) return;
    const now = this.#now();
    // under a hand no later tick would make up for what is passed over here
    if (playing && before.playing && !this.clock.held && now - this.#published < PUBLISH_EVERY) return;
    this.#published = now;
    this.#store.setState({ playback: next });
  }
}
