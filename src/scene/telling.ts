import type { Step } from '../datamodel/flow/step.ts';
import { attention } from './pace.ts';
import { placeKey, placeOf } from './place.ts';

/** Milliseconds of playback that a caption stays at least: what changes faster is not read. */
const READABLE = 1000;

/**
 * For every step of a packet, the step whose sentence is told while it plays. Steps at one station share the one that says
 * most, and stations that pass faster than a sentence is read share a sentence too. A packet that only passes is told of by
 * its beginning.
 * @param durations milliseconds of playback of each step.
 */
export function tellers(steps: readonly Step[], durations: readonly number[], passes: boolean): Map<number, number> {
  const result = new Map<number, number>();
  for (const stay of readable(passes ? wholeWay(steps, durations) : stays(steps, durations))) {
    const [first] = stay.steps;
    // who sends what comes before all that is decided about it
    const told = first?.type === 'originate' || passes ? first : saysMost(stay.steps);
    for (const step of stay.steps) result.set(step.id, (told ?? step).id);
  }
  return result;
}

interface Stay {
  readonly steps: readonly Step[];
  readonly duration: number;
}

/** A packet that only passes, as one stay; a drop stands for itself. */
function wholeWay(steps: readonly Step[], durations: readonly number[]): Stay[] {
  const drop = steps.findIndex((step) => step.type === 'drop');
  const cut = drop < 0 ? steps.length : drop;
  const sum = (from: number, to?: number): number => durations.slice(from, to).reduce((total, each) => total + each, 0);
  return [
    { steps: steps.slice(0, cut), duration: sum(0, cut) },
    { steps: steps.slice(cut), duration: sum(cut) },
  ].filter((stay) => stay.steps.length > 0);
}

/** Steps that follow each other at one station; a drop stands for itself. */
function stays(steps: readonly Step[], durations: readonly number[]): Stay[] {
  const result: { key: string; steps: Step[]; duration: number }[] = [];
  for (const [i, step] of steps.entries()) {
    const key = step.type === 'drop' ? 'drop' : placeKey(placeOf(step));
    const last = result.at(-1);
    if (last?.key === key) {
      last.steps.push(step);
      last.duration += durations[i] ?? 0;
    } else result.push({ key, steps: [step], duration: durations[i] ?? 0 });
  }
  return result;
}

/** Joins neighbours until each can be read; what is short before a long one goes with what came before it. */
function readable(all: readonly Stay[]): Stay[] {
  const result: Stay[] = [];
  let open: Stay | undefined;
  const close = (): void => {
    if (!open) return;
    const last = result.at(-1);
    if (last && open.duration < READABLE && !isDrop(last) && !isDrop(open))
      result[result.length - 1] = join(last, open);
    else result.push(open);
    open = undefined;
  };
  for (const stay of all) {
    if (stay.duration >= READABLE || isDrop(stay)) close();
    open = open ? join(open, stay) : stay;
    if (open.duration >= READABLE) close();
  }
  close();
  return result;
}

function join(a: Stay, b: Stay): Stay {
  return { steps: [...a.steps, ...b.steps], duration: a.duration + b.duration };
}

function isDrop({ steps }: Stay): boolean {
  return steps[0]?.type === 'drop';
}

function saysMost(steps: readonly Step[]): Step | undefined {
  return steps.reduce<Step | undefined>(
    (best, step) => (!best || attention(step) > attention(best) ? step : best),
    undefined,
  );
}
