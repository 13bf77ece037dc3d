import type { Step } from '../datamodel/flow/step.ts';
import type { Trace } from '../datamodel/flow/trace.ts';
import { type Chip, chipOf } from './chip.ts';
import type { Names } from './names.ts';
import { type Place, placeKey, placeOf, type Slot } from './place.ts';

/** A station that a packet stopped at, with what was decided there. */
export interface Stop {
  readonly key: number;
  readonly place: Place;
  readonly steps: readonly Step[];
  /** 1-based number of the namespace on the packet's way. */
  readonly hop: number;
  /** The first stop of its hop. */
  readonly entersHop: boolean;
}

const cache = new WeakMap<Trace, readonly Stop[]>();

/** A packet's stations in order; steps that follow each other at one station are one stop. */
export function stopsOf(trace: Trace): readonly Stop[] {
  const known = cache.get(trace);
  if (known) return known;
  const stops: Stop[] = [];
  trace.hops.forEach((hop, index) => {
    let steps: Step[] = [];
    let key = '';
    for (const step of hop.steps) {
      const place = placeOf(step);
      if (steps.length > 0 && placeKey(place) === key) {
        steps.push(step);
        continue;
      }
      key = placeKey(place);
      const entersHop = stops.at(-1)?.hop !== index + 1;
      steps = [step];
      stops.push({ key: step.id, place, steps, hop: index + 1, entersHop });
    }
  });
  cache.set(trace, stops);
  return stops;
}

/** The weightiest of what was decided at a stop. */
export function chipAt(stop: Stop, names: Names): Chip | undefined {
  return stop.steps
    .map((step) => chipOf(step, names))
    .reduce<Chip | undefined>((best, chip) => (best && best.weight >= chip.weight ? best : chip), undefined);
}

const SLOT_NAMES: Readonly<Record<Exclude<Slot, 'device'>, string>> = {
  socket: 'local process',
  connect: 'programs of the cgroup',
  prerouting: 'prerouting',
  route: 'route',
  input: 'input',
  forward: 'forward',
  output: 'output',
  postrouting: 'postrouting',
  portPrerouting: 'prerouting at the bridge port',
  portForward: 'forward at the bridge port',
  portPostrouting: 'postrouting at the bridge port',
  outerPrerouting: 'prerouting, outer packet',
  outerRoute: 'route, outer packet',
  outerInput: 'input, outer packet',
  outerOutput: 'output, outer packet',
  outerPostrouting: 'postrouting, outer packet',
};

/** What the stage calls the station too. Device names are printed as a terminal would. */
export function stopName(place: Place): { readonly text: string; readonly terminal: boolean } {
  return place.slot === 'device'
    ? { text: place.device ?? '', terminal: true }
    : { text: SLOT_NAMES[place.slot], terminal: false };
}
