/** Nanoseconds in a second, a millisecond and a microsecond of virtual time. */
export const SECOND = 1_000_000_000;
export const MILLISECOND = 1_000_000;
export const MICROSECOND = 1_000;

interface Appointment {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Virtual time: what has been put off runs in the order of its time, ties in the order in which it was put off. */
export class VirtualTime {
  #now = 0;
  #order = 0;
  readonly #heap: Appointment[] = [];

  /** Nanoseconds. */
  get now(): number {
    return this.#now;
  }

  /** Runs something later. @returns what takes that back. */
  at(time: number, run: () => void): () => void {
    const appointment: Appointment = { at: Math.max(time, this.#now), order: this.#order++, run, cancelled: false };
    this.#push(appointment);
    return () => {
      appointment.cancelled = true;
    };
  }

  /**
   * Runs all that is due up to `time`, which it is afterwards.
   * @returns false when `budget` appointments did not suffice.
   */
  runUntil(time: number, budget: number): boolean {
    for (let left = budget; ; left--) {
      const next = this.#heap[0];
      if (!next || next.at > time) break;
      if (left === 0) return false;
      this.#pop();
      if (next.cancelled) continue;
      this.#now = next.at;
      next.run();
    }
    this.#now = Math.max(this.#now, time);
    return true;
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(appointment);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Appointment;
      if (!before(appointment, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = appointment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && before(right, heap[child] as Appointment)) child++;
      const below = heap[child] as Appointment;
      if (!before(below, last)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = last;
  }
}

function before(a: Appointment, b: Appointment): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
