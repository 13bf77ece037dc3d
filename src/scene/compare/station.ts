import type { Step } from '../../datamodel/flow/step.ts';
import { dissect } from '../../wire/layers.ts';
import { capsuleOf } from '../capsule.ts';
import { placeKey } from '../place.ts';
import { stepLine } from '../stepLine.ts';
import type { Stop } from '../stops.ts';

/** What can be said of a packet at one station. */
export interface Station {
  /** Equal for the same station of the same namespace. */
  readonly key: string;
  readonly stop: Stop;
  /** After which the packet looks as it leaves the station. */
  readonly step: Step;
  /** What was decided, in a terminal's few words. */
  readonly decisions: readonly string[];
  /** Length of the frame, at devices that sent or received it. */
  readonly bytes?: number;
  /** Of the innermost packet. */
  readonly ttl?: number;
  /** Of the innermost packet: `10.244.1.23:40000`. */
  readonly source: string;
  readonly destination: string;
  /** The tunnel's ends, around it. */
  readonly outer?: string;
  readonly rules: number;
  readonly lookups: number;
}

/** Told by the station's other facts, or the same everywhere. */
const TOLD_ELSEWHERE: ReadonlySet<Step['type']> = new Set([
  'receive',
  'transmit',
  'hook',
  'rule',
  'session',
  'neighbor',
  'forward',
]);

export function stationOf(stop: Stop): Station {
  const { steps, place } = stop;
  const step = steps.at(-1)!;
  const framed = steps.findLast(({ type }) => type === 'receive' || type === 'transmit');
  const layers = dissect(step.bytes, step.link).filter(({ quoted }) => !quoted);
  const packets = layers.filter(({ protocol }) => protocol === 'IPv4');
  const field = (at: number, path: string): string =>
    packets.at(at)?.fields.find((each) => each.path === path)?.value ?? '';
  const capsule = capsuleOf(step.bytes, step.link);
  const ttl = field(-1, 'ipv4.ttl');
  return {
    key: placeKey(place),
    stop,
    step,
    decisions: steps.filter(({ type }) => !TOLD_ELSEWHERE.has(type)).map(stepLine),
    ...(framed?.link === 'ethernet' && { bytes: framed.bytes.length }),
    ...(ttl !== '' && { ttl: Number(ttl) }),
    source: capsule.source,
    destination: capsule.label,
    ...(packets.length > 1 && { outer: `${field(0, 'ipv4.source')} → ${field(0, 'ipv4.destination')}` }),
    ...effort(steps),
  };
}

/** What the kernel had to try and look up in these steps. */
export function effort(steps: readonly Step[]): { readonly rules: number; readonly lookups: number } {
  let rules = 0;
  let lookups = 0;
  for (const step of steps) {
    if (step.type === 'hook') {
      rules += step.rulesEvaluated;
      lookups += step.lookups ?? 0;
    } else if (step.type === 'ipvs') lookups++;
    else if (step.type === 'program') lookups += step.lookups;
  }
  return { rules, lookups };
}

/** `12 rules, 2 lookups`; undefined where nothing was asked. */
export function effortWords({
  rules,
  lookups,
}: {
  readonly rules: number;
  readonly lookups: number;
}): string | undefined {
  const parts = [...(rules > 0 ? [figure(rules, 'rule')] : []), ...(lookups > 0 ? [figure(lookups, 'lookup')] : [])];
  return parts.length > 0 ? parts.join(', ') : undefined;
}

function figure(value: number, one: string): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : `${one}s`}`;
}
