import type { Step } from '../datamodel/flow/step.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';
import type { Tone } from './capsule.ts';
import { type Chip, chipOf } from './chip.ts';
import type { Point } from './geometry.ts';
import type { Names } from './names.ts';
import { type Lane, placeOf } from './place.ts';
import type { Journey, Leg, Ride } from './ride.ts';

/** What a station shows once the packet that is told about has passed it. */
export interface Lit {
  readonly chip: Chip;
  readonly tone: Tone;
  /** The step that the chip tells, for whoever asks the station. */
  readonly step: number;
  /** Chains whose rules matched, in order: at a table. */
  readonly chains: readonly string[];
  /** Of the packet that is told about; otherwise of one that waits for it. */
  readonly focus: boolean;
}

/** A stretch of line in one colour. */
export interface Stretch {
  /** Of the step that it begins with. */
  readonly id: number;
  readonly tone: Tone;
  /** Not travelled yet. */
  readonly ahead: boolean;
  /** Lines of the legs, each from mark to mark. */
  readonly lines: readonly (readonly Point[])[];
}

/** The drawing's discrete state while one step is shown: it changes with the step, not with the frame. */
export interface LitScene {
  readonly lit: ReadonlyMap<string, Lit>;
  readonly stretches: readonly Stretch[];
  /** Which lane of a node is open. */
  readonly lanes: ReadonlyMap<NetnsId, Lane>;
  /** The station of the step. */
  readonly current: string | undefined;
  /** Where a station's first step is, for stations that the packet has yet to meet. */
  readonly upcoming: ReadonlyMap<string, number>;
}

const NOTHING: LitScene = { lit: new Map(), stretches: [], lanes: new Map(), current: undefined, upcoming: new Map() };

/** What is lit when the step with this id is shown: its packet's way so far, and those of packets that wait for it. */
export function litAt(journey: Journey | undefined, stepId: number | undefined, names: Names): LitScene {
  const segment = stepId === undefined ? undefined : journey?.timeline.bySteps.get(stepId);
  const ride = segment && journey?.byTrace.get(segment.trace.id);
  if (!journey || !segment || !ride) return NOTHING;
  const lit = new Map<string, Lit>();
  const upcoming = new Map<string, number>();
  const id = segment.step.id;
  const now = journey.order.get(id) ?? 0;
  const isPast: IsPast = (leg) => (journey.order.get(leg.segment.step.id) ?? 0) <= now;
  const isError = ride.trace.role === 'error';
  // what a copy or a piece was before is its own way; an error is about a packet that is gone: where that came from and why
  // it ended stays to be seen
  const shown = ancestorsOf(journey, ride).filter(({ ride: other, same }) => same || isError || !isPast(lastOf(other)));
  for (const { ride: other, same } of shown) light(other, isPast, same, names, lit);
  light(ride, isPast, true, names, lit, upcoming);
  const stretches = [
    ...shown.flatMap(({ ride: other }) => stretchesOf(other, isPast, false)),
    ...stretchesOf(ride, isPast, true),
  ];
  const current = ride.legs.find((leg) => leg.segment.step.id === id)?.stop.station.id;
  return {
    lit,
    stretches,
    lanes: lanesOf(
      journey,
      ride,
      shown.map(({ ride: other }) => other),
      isPast,
    ),
    current,
    upcoming,
  };
}

/** Whether a leg has begun when the step that is shown has. */
type IsPast = (leg: Leg) => boolean;

function lastOf(ride: Ride): Leg {
  return ride.legs.at(-1)!;
}

/** A packet because of which another exists; `same`: the other is a copy or a piece of it. */
interface Ancestor {
  readonly ride: Ride;
  readonly same: boolean;
}

/** Packets because of which this one exists, the oldest first. */
function ancestorsOf(journey: Journey, ride: Ride): Ancestor[] {
  const found: Ancestor[] = [];
  let { origin } = ride.trace;
  let same = true;
  while (origin.type !== 'flow') {
    const { trace, type } = origin;
    const parent = journey.byTrace.get(trace);
    if (!parent || found.some((each) => each.ride === parent)) break;
    same &&= type === 'copy';
    found.unshift({ ride: parent, same });
    ({ origin } = parent.trace);
  }
  return found;
}

function light(
  ride: Ride,
  isPast: IsPast,
  focus: boolean,
  names: Names,
  lit: Map<string, Lit>,
  upcoming?: Map<string, number>,
): void {
  const own = new Set<string>();
  for (const leg of ride.legs) {
    const { segment, stop, tone } = leg;
    const { step } = segment;
    const station = stop.station.id;
    if (!isPast(leg)) {
      if (upcoming && !upcoming.has(station)) upcoming.set(station, step.id);
      continue;
    }
    const said = chipOf(step, names);
    // who sends an answer or an error has its colour, not the one of what a connection begins with
    const chip = step.type === 'originate' && tone !== 'plain' ? { ...said, tone: 'quiet' as const } : said;
    const known = own.has(station) ? lit.get(station) : undefined;
    own.add(station);
    const chains = withChain(known?.chains ?? [], step);
    if (!known || chip.weight >= known.chip.weight) lit.set(station, { chip, tone, step: step.id, chains, focus });
    else if (known.tone !== tone || known.chains !== chains) lit.set(station, { ...known, tone, chains });
  }
}

function withChain(chains: readonly string[], step: Step): readonly string[] {
  if (step.type !== 'rule' || step.chain === step.hook || chains.includes(step.chain)) return chains;
  return [...chains, step.chain];
}

function stretchesOf(ride: Ride, isPast: IsPast, showAhead: boolean): Stretch[] {
  const result: { id: number; tone: Tone; ahead: boolean; lines: (readonly Point[])[] }[] = [];
  let tone: Tone | undefined;
  for (const leg of ride.legs) {
    // on its way to a station the packet still looks as it did when it left the one before
    const travelled = tone ?? leg.tone;
    tone = leg.tone;
    if (leg.line.length < 2) continue;
    const ahead = !isPast(leg);
    if (ahead && !showAhead) break;
    const last = result.at(-1);
    if (last && last.tone === travelled && last.ahead === ahead) last.lines.push(leg.line);
    else result.push({ id: leg.segment.step.id, tone: travelled, ahead, lines: [leg.line] });
  }
  return result;
}

/** The lane that a node's current, else next, else last packet uses. */
function lanesOf(journey: Journey, ride: Ride, waiting: readonly Ride[], isPast: IsPast): Map<NetnsId, Lane> {
  const lanes = new Map<NetnsId, Lane>();
  const past = new Set<NetnsId>();
  const learn = (legs: readonly Leg[]): void => {
    for (const leg of legs) {
      const { step } = leg.segment;
      if (isPast(leg)) {
        lanes.set(step.netns, placeOf(step).lane);
        past.add(step.netns);
      } else if (!past.has(step.netns)) {
        lanes.set(step.netns, placeOf(step).lane);
        past.add(step.netns);
      }
    }
  };
  for (const other of journey.rides) if (other.trace.role !== 'control' && other.end <= ride.start) learn(other.legs);
  for (const other of waiting) {
    past.clear();
    learn(other.legs);
  }
  past.clear();
  learn(ride.legs);
  return lanes;
}
