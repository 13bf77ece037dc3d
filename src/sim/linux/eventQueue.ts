/** A scheduled event; cancelling it is all that can be done with it. */
export interface Timer {
  readonly at: number;
  cancelled: boolean;
}

interface Event extends Timer {
  readonly sequence: number;
  readonly run: () => void;
  /** A timer that only tidies up (expiry) does not keep a run alive. */
  readonly background: boolean;
}

/** A tick of the kernel's clock (CONFIG_HZ 250). */
const JIFFY = 4_000_000;
/** Each level of the timer wheel has 64 slots, an eighth as fine as those of the level below. */
const LEVEL_SLOTS = 63;

/**
 * When a kernel timer really runs out: the wheel rounds up to its next slot, whose width grows with the wait: 4 ms for up to
 * a quarter of a second, 32 ms for two, 256 ms for sixteen (Linux: kernel/time/timer.c, calc_wheel_index).
 */
function wheelSlot(now: number, delay: number): number {
  const jiffies = Math.ceil(delay / JIFFY);
  let width = 1;
  while (jiffies >= LEVEL_SLOTS * width) width *= 8;
  const expires = Math.floor(now / JIFFY) + jiffies;
  return (Math.floor(expires / width) + 1) * width * JIFFY;
}

/** Events in virtual nanoseconds, ties in the order of scheduling: a binary heap that never reads a clock. */
export class EventQueue {
  private readonly heap: Event[] = [];
  private sequence = 0;
  private foreground = 0;
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  schedule(delay: number, run: () => void, background = false): Timer {
    const event: Event = { at: this.now + delay, sequence: this.sequence++, run, background, cancelled: false };
    if (!background) this.foreground++;
    this.push(event);
    return event;
  }

  /** As {@link schedule}, by the kernel's timer wheel: of those that run out together the one set last comes first. */
  scheduleTimer(delay: number, run: () => void, background = false): Timer {
    const at = wheelSlot(this.now, delay);
    const event: Event = { at, sequence: -this.sequence++, run, background, cancelled: false };
    if (!background) this.foreground++;
    this.push(event);
    return event;
  }

  cancel(timer: Timer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    if (!(timer as Event).background) this.foreground--;
  }

  /**
   * Runs events until only background ones are left, `budget` are spent, or `spent` says between two of them that
   * something else is.
   *
   * @returns true when it was stopped before everything had settled.
   */
  run(budget: number, spent: () => boolean = () => false): boolean {
    let left = budget;
    while (this.foreground > 0) {
      const event = this.pop();
      if (event === undefined) return false;
      if (event.cancelled) continue;
      if (left-- <= 0 || spent()) return true;
      this.now = event.at;
      event.cancelled = true;
      if (!event.background) this.foreground--;
      event.run();
    }
    return false;
  }

  private push(event: Event): void {
    const { heap } = this;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Event;
      if (before(above, event)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = event;
  }

  private pop(): Event | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right] as Event, heap[left] as Event) ? right : left;
      const below = heap[child] as Event;
      if (before(last, below)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at !== b.at ? a.at < b.at : a.sequence < b.sequence;
}
