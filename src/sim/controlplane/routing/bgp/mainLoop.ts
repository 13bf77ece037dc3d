import { chanceBetween } from '../../../../base/chance.ts';
import { MICROSECOND, MILLISECOND, SECOND, type VirtualTime } from './virtualTime.ts';

/** A task that is scheduled at most once: scheduling it again puts it last. */
export type LoopTask = () => void;

/** BIRD never sleeps longer (io.c). */
const LONGEST_SLEEP = 3 * SECOND;

/**
 * The one thread of a BIRD: what it does waits for its turn, as in sysdep/unix/io.c.
 *
 * A turn first reads what has arrived, then runs the tasks that were scheduled, then work of lower rank, then timers.
 * Tasks that work or timers schedule come after `poll`, so they wait for the next packet or timer: that is why a first
 * UPDATE follows a session's start by a tenth of a second, and a withdrawal an expired hold timer by a second or two.
 */
export class MainLoop {
  readonly #time: VirtualTime;
  readonly #seed: number;
  readonly #name: string;
  readonly #timers = new Set<LoopTimer>();
  #inputs: LoopTask[] = [];
  #tasks = new Set<LoopTask>();
  #work = new Set<LoopTask>();
  /** What the turn under way has still to run. */
  #due = new Set<LoopTask>();
  #turns = 0;
  #wake: (() => void) | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #inTurn = false;
  #stopped = false;

  constructor(time: VirtualTime, seed: number, name: string) {
    this.#time = time;
    this.#seed = seed;
    this.#name = name;
  }

  get now(): number {
    return this.#time.now;
  }

  /** A timer of this loop that calls `fire`; it is not started. */
  timer(fire: () => void, every?: number): LoopTimer {
    return new LoopTimer(this, fire, every);
  }

  /** Something arrives, as on a socket: it is read when the process gets the processor. */
  arrives(input: LoopTask): void {
    if (this.#stopped) return;
    this.#inputs.push(input);
    if (!this.#inTurn) this.#wakeBy(this.#time.now + this.#reaction());
  }

  /** As `ev_schedule`. */
  schedule(task: LoopTask): void {
    this.cancel(task);
    this.#tasks.add(task);
  }

  /** As `ev_schedule_work`. */
  scheduleWork(task: LoopTask): void {
    if (!this.#due.has(task)) this.#work.add(task);
  }

  cancel(task: LoopTask): void {
    this.#tasks.delete(task);
    this.#work.delete(task);
    this.#due.delete(task);
  }

  isScheduled(task: LoopTask): boolean {
    return this.#tasks.has(task) || this.#due.has(task);
  }

  /** The process begins: its first turn runs what has been scheduled until now. */
  start(): void {
    this.#wakeBy(this.#time.now);
  }

  /** The process ends: nothing of it runs any more. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
    this.#timers.clear();
  }

  /** For {@link LoopTimer}. */
  track(timer: LoopTimer): void {
    if (timer.expires === undefined) this.#timers.delete(timer);
    else this.#timers.add(timer);
  }

  #turn(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#inTurn = true;
    this.#turns++;
    const inputs = this.#inputs;
    this.#inputs = [];
    for (const input of inputs) if (!this.#stopped) input();
    let pending = this.#run('tasks');
    pending = this.#run('work') || pending;
    this.#fireTimers();
    this.#inTurn = false;
    if (this.#stopped) return;
    if (pending || this.#inputs.length > 0) this.#wakeBy(this.#time.now + this.#reaction());
    else this.#wakeBy(this.#time.now + this.#sleep());
  }

  /** @returns whether some of the same rank were scheduled meanwhile. */
  #run(rank: 'tasks' | 'work'): boolean {
    const due = rank === 'tasks' ? this.#tasks : this.#work;
    this.#due = due;
    if (rank === 'tasks') this.#tasks = new Set();
    else this.#work = new Set();
    for (const task of due) {
      if (this.#stopped) return false;
      due.delete(task);
      task();
    }
    return (rank === 'tasks' ? this.#tasks : this.#work).size > 0;
  }

  #fireTimers(): void {
    const now = this.#time.now;
    for (;;) {
      let first: LoopTimer | undefined;
      for (const timer of this.#timers) {
        if ((timer.expires ?? now) < (first?.expires ?? Number.POSITIVE_INFINITY)) first = timer;
      }
      if (this.#stopped || !first || (first.expires ?? 0) > now) return;
      first.expire(now);
    }
  }

  /** `poll` takes whole milliseconds, one more than are left. */
  #sleep(): number {
    let left = LONGEST_SLEEP;
    for (const { expires } of this.#timers) {
      if (expires !== undefined) left = Math.min(left, expires - this.#time.now);
    }
    return (Math.floor(Math.max(left, 0) / MILLISECOND) + 1) * MILLISECOND;
  }

  #wakeBy(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#wake?.();
    this.#wakeAt = at;
    this.#wake = this.#time.at(at, () => this.#turn());
  }

  /** How long the process waits for the processor. */
  #reaction(): number {
    return chanceBetween(40, 200, this.#seed, 'processor', this.#name, this.#turns, this.#inputs.length) * MICROSECOND;
  }
}

/** A timer of a {@link MainLoop}. */
export class LoopTimer {
  /** Nanoseconds of virtual time; undefined while it does not run. */
  expires: number | undefined;
  readonly #loop: MainLoop;
  readonly #fire: () => void;
  readonly #every: number | undefined;

  constructor(loop: MainLoop, fire: () => void, every?: number) {
    this.#loop = loop;
    this.#fire = fire;
    this.#every = every;
  }

  start(after: number): void {
    this.expires = this.#loop.now + after;
    this.#loop.track(this);
  }

  stop(): void {
    this.expires = undefined;
    this.#loop.track(this);
  }

  /** Nanoseconds until it fires, while it runs. */
  get left(): number | undefined {
    return this.expires === undefined ? undefined : Math.max(0, this.expires - this.#loop.now);
  }

  expire(now: number): void {
    if (this.#every === undefined || this.expires === undefined) this.stop();
    else this.expires = this.expires + this.#every > now ? this.expires + this.#every : now + this.#every;
    this.#fire();
  }
}
