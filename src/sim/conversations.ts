import type { Flow } from '../datamodel/flow/flow.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import type { Course } from './course.ts';

/** A conversation that can still be asked about, with the run that it is the record of. */
export interface Remembered {
  readonly course: Course;
  readonly conversation: Conversation;
}

/** More are not asked about; older ones are forgotten. */
const MOST = 32;

/** The latest conversations, by ids that count up. */
export class Conversations {
  private readonly known = new Map<number, Remembered>();
  private last = 0;

  /** @param revision of the cluster that it ran on. */
  remember(course: Course, flow: Flow, revision: number): Remembered {
    const { learned: _, ...result } = course.result;
    const id = ++this.last;
    const remembered = { course, conversation: { ...result, id, flow, revision } };
    this.known.set(id, remembered);
    if (this.known.size > MOST) {
      const oldest = this.known.keys().next().value;
      if (oldest !== undefined) this.known.delete(oldest);
    }
    return remembered;
  }

  get(id: number): Remembered | undefined {
    return this.known.get(id);
  }
}
