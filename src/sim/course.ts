import type { Conversation } from '../datamodel/flow/trace.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { RuntimeTables } from '../datamodel/network/runtime.ts';
import type { Configuration } from './configuration.ts';
import type { LearnedChange } from './linux/change.ts';
import { NOTHING_LEARNED } from './linux/learned.ts';
import { type RunInput, type RunResult, run } from './linux/run.ts';
import { tablesAt } from './moment.ts';

/** What is so from a step on. */
interface Stage {
  /** The step after which it begins. */
  readonly after: number;
  readonly configuration: Configuration;
  readonly learned: ReadonlyMap<NetnsId, LearnedChange>;
}

/** What a person finds at a moment of a conversation. */
export interface Found {
  readonly configuration: Configuration;
  readonly learned: (id: NetnsId) => RuntimeTables;
  /** Virtual nanoseconds. */
  readonly time: number;
}

export type CourseInput = Omit<RunInput, 'netns' | 'changes' | 'later'>;

/**
 * A run and the tables that it met as it went. When they change in its midst it is run again: chance is drawn by what is
 * asked, not in turn, so everything up to the change happens as before, and what comes after it meets the new tables.
 */
export class Course {
  readonly result: RunResult;
  private readonly input: CourseInput;
  private readonly stages: readonly Stage[];

  private constructor(input: CourseInput, stages: readonly Stage[]) {
    const [first, ...later] = stages;
    if (first === undefined) throw new Error('A run needs a configuration to begin with');
    this.input = input;
    this.stages = stages;
    const changes = later.map(({ after, configuration, learned }) => ({
      after,
      netns: configuration.netns,
      learned,
      later: configuration.later,
    }));
    const { netns, later: expected } = first.configuration;
    this.result = run({ ...input, netns, later: expected, changes });
  }

  static begin(input: CourseInput, configuration: Configuration): Course {
    return new Course(input, [{ after: -1, configuration, learned: new Map() }]);
  }

  /** @param conversation this run's. */
  at(step: number, conversation: Conversation): Found {
    const { configuration } = this.stages.findLast((stage) => stage.after <= step) as Stage;
    const learned: Found['learned'] = (id) =>
      tablesAt(conversation, id, step).tables ?? this.input.learned.get(id) ?? NOTHING_LEARNED;
    const { time } = tablesAt(conversation, '', step);
    return { configuration: configuration.at({ learned, time }), learned, time };
  }

  /** The same run with other tables from a step on. What was to change later does not. */
  changed(after: number, configuration: Configuration, learned: Stage['learned']): Course {
    const last = this.result.traces.flatMap((trace) => trace.hops.at(-1)?.steps.at(-1)?.id ?? []);
    const known = Math.min(after, Math.max(-1, ...last));
    const kept = this.stages.filter((stage) => stage.after <= known);
    return new Course(this.input, [...kept, { after: known, configuration, learned }]);
  }
}

/** All that kernels know at a moment, after what a change does to it. */
export function knownAt(
  { learned }: Found,
  ids: Iterable<NetnsId>,
  changes: Stage['learned'],
): ReadonlyMap<NetnsId, RuntimeTables> {
  const all = new Set([...ids, ...changes.keys()]);
  return new Map([...all].map((id) => [id, changes.get(id)?.after ?? learned(id)]));
}
