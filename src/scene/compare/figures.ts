import type { Compared, Comparison } from '../../datamodel/cluster/comparison.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import { dissect } from '../../wire/layers.ts';
import { capsuleOf } from '../capsule.ts';
import { namesOf } from '../names.ts';
import { placeOf } from '../place.ts';
import { stopName } from '../stops.ts';
import { effort, stationOf } from './station.ts';
import { requestWay, type Way } from './way.ts';

/** One line of the summary: what it is, and what it is on either side. */
export interface Figure {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly differs: boolean;
}

/** What of both runs is worth a number, of the first packet if nothing else is said. */
export function figuresOf([a, b]: Comparison): readonly Figure[] {
  const [sideA, sideB] = [factsOf(a), factsOf(b)];
  return sideA.map(([name, value], i) => {
    const other = sideB[i]?.[1] ?? '';
    return { name, a: value, b: other, differs: value !== other };
  });
}

function factsOf(compared: Compared): readonly (readonly [name: string, value: string])[] {
  const way = requestWay(compared.conversation);
  const { rules, lookups } = effort(way?.steps ?? []);
  const frames = (way?.steps ?? []).flatMap((step) => (step.type === 'transmit' ? [step.bytes.length] : []));
  return [
    ['Outcome', outcomeOf(compared)],
    ['Destination rewritten', rewritten(compared, way, 'destination')],
    ['Source rewritten', rewritten(compared, way, 'source')],
    ...receiverOf(way),
    ['Rules tried', number(rules)],
    ['Lookups', number(lookups)],
    ['Hops', number(new Set(way?.steps.map(({ netns }) => netns)).size)],
    ['Largest frame', frames.length > 0 ? `${number(Math.max(...frames))} B` : 'none'],
    ['Headers on the wire', wireHeaders(way)],
    ['Pod MTU', number(compared.view.podMtu)],
  ];
}

function outcomeOf({ conversation }: Compared): string {
  const outcome = conversation.outcomes[0];
  if (outcome === undefined) return 'none';
  return outcome.type === 'answered' ? 'answered' : outcome.type.replaceAll('-', ' ');
}

function receiverOf(way: Way | undefined): readonly (readonly [string, string])[] {
  const last = way?.end.type === 'delivered' ? way.stops.at(-1) : undefined;
  const received = last && stationOf(last);
  const absent = way === undefined ? 'not sent' : 'nobody got it';
  return [
    ['Receiver', received ? received.destination : absent],
    ['Source that the receiver sees', received?.source ?? absent],
    ['TTL at the receiver', received?.ttl === undefined ? absent : number(received.ttl)],
  ];
}

/** Of the frame that has the most of them, from the outside in: `Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4, TCP`. */
function wireHeaders(way: Way | undefined): string {
  const frames = (way?.steps ?? []).filter(({ type, link }) => type === 'transmit' && link === 'ethernet');
  const stacks = frames.map(({ bytes, link }) =>
    dissect(bytes, link).flatMap(({ protocol, quoted }) => (quoted || protocol === 'Data' ? [] : [protocol])),
  );
  const deepest = stacks.reduce((best, stack) => (stack.length > best.length ? stack : best), []);
  return deepest.length > 0 ? deepest.join(', ') : 'none';
}

/** Where an end of the packet was rewritten, read off its bytes: whoever did it. */
function rewritten({ view }: Compared, way: Way | undefined, end: 'source' | 'destination'): string {
  const names = namesOf(view);
  const endOf = (step: Step): string => {
    const capsule = capsuleOf(step.bytes, step.link);
    return end === 'source' ? capsule.source : capsule.label;
  };
  const places = (way?.steps ?? []).flatMap((step, i, steps) => {
    const before = steps[i - 1];
    if (before === undefined || endOf(before) === endOf(step)) return [];
    return [`${names.netns(step.netns)}, ${stopName(placeOf(step)).text}`];
  });
  return places.length === 0 ? 'nowhere' : [...new Set(places)].join('; ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
