/** Where animation frames come from; handed in so that tests need no browser. */
export interface Frames {
  /** Calls back once, with a time in milliseconds, before the next picture. */
  request(callback: (now: number) => void): number;
  cancel(id: number): void;
}

/** A tab that was hidden, or a picture that took long, does not make playback leap. */
const LONGEST_FRAME = 100;

/**
 * The playhead: a time in milliseconds at 1×, outside React. It moves only while playing; a hand on the scrubber holds it.
 */
export class Clock {
  readonly #frames: Frames;
  readonly #listeners = new Set<() => void>();
  #time = 0;
  #duration = 0;
  #speed = 1;
  #playing = false;
  #held = false;
  #frame: number | undefined;
  #before: number | undefined;
  /** Says where to go on from a time that was reached by playing; the identity unless something is left out. */
  #skip: (time: number) => number = (time) => time;

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  get = (): number => this.#time;

  /** @returns the way to stop it. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get playing(): boolean {
    return this.#playing;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Starts over with something else to play. */
  open(duration: number): void {
    this.#duration = duration;
    this.#playing = false;
    this.#held = false;
    this.#time = 0;
    this.#stop();
    this.#tell();
  }

  setSpeed(speed: number): void {
    this.#speed = speed;
  }

  setSkip(skip: (time: number) => number): void {
    this.#skip = skip;
  }

  /** From the end, playing starts at the beginning. */
  play(): void {
    if (this.#duration === 0) return;
    if (this.#time >= this.#duration) this.#time = 0;
    this.#playing = true;
    this.#start();
    this.#tell();
  }

  pause(): void {
    this.#playing = false;
    this.#stop();
    this.#tell();
  }

  seek(time: number): void {
    this.#time = Math.min(this.#duration, Math.max(0, time));
    this.#tell();
  }

  /** A hand has taken the playhead: it stays where it is put until {@link release}. */
  hold(): void {
    this.#held = true;
    this.#stop();
  }

  release(): void {
    this.#held = false;
    if (this.#playing) this.#start();
  }

  #start(): void {
    if (this.#held || this.#frame !== undefined) return;
    this.#before = undefined;
    this.#frame = this.#frames.request(this.#tick);
  }

  #stop(): void {
    if (this.#frame !== undefined) this.#frames.cancel(this.#frame);
    this.#frame = undefined;
  }

  #tick = (now: number): void => {
    this.#frame = undefined;
    const passed = this.#before === undefined ? 0 : Math.min(LONGEST_FRAME, Math.max(0, now - this.#before));
    this.#before = now;
    this.#time = Math.min(this.#duration, this.#skip(this.#time + passed * this.#speed));
    if (this.#time >= this.#duration) this.#playing = false;
    else this.#frame = this.#frames.request(this.#tick);
    this.#tell();
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The browser's own frames. */
export const browserFrames: Frames = {
  request: (callback) => requestAnimationFrame(callback),
  cancel: (id) => cancelAnimationFrame(id),
};
