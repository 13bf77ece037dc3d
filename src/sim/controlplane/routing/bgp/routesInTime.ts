import type { TimedDeed } from '../../../../datamodel/bgp/operation.ts';
import type { BgpPlan } from '../../../../datamodel/bgp/plan.ts';
import type { BgpKernelRoute } from '../../../../datamodel/bgp/state.ts';
import { compareAddresses } from '../../../../wire/address.ts';
import { ControlPlane } from './controlPlane.ts';
import { bgpRoutes } from './converge.ts';
import { SETTLING, WATCH } from './course.ts';
import { prefixKey } from './prefixOrder.ts';
import { SECOND } from './virtualTime.ts';

/** What BIRD has in each kernel's main table as time goes by. Times in nanoseconds, of the clock that the deeds were timed by. */
export interface RoutesInTime {
  /** When any kernel's table changes, ascending. */
  readonly changes: readonly number[];
  /** A speaker's routes by BIRD; the same array for as long as they are the same; undefined: as they were built. */
  at(speaker: string, time: number): readonly BgpKernelRoute[] | undefined;
}

interface Version {
  readonly from: number;
  readonly routes: readonly BgpKernelRoute[];
}

/** Both ends of every session: what a computer follows for minutes of virtual time in a second or two. */
export const MOST_SESSIONS = 1500;

/** More do not settle in a few seconds either: their routes stay as they were. */
const MOST_SETTLED = 10_000;

export function sessionEnds({ speakers }: BgpPlan): number {
  return speakers.reduce((sum, { peers }) => sum + peers.length, 0);
}

/**
 * Runs the speakers of a plan from their start, does to them what was done, and keeps every table that came of it. More
 * sessions than can be followed settle at once, at the moment of the last deed, and still more do not notice it.
 */
export function routesInTime(plan: BgpPlan, deeds: readonly TimedDeed[], seed: number): RoutesInTime {
  const versions = sessionEnds(plan) > MOST_SESSIONS ? settledVersions(plan, deeds) : followed(plan, deeds, seed);
  const changes = [...new Set([...versions.values()].flatMap((each) => each.slice(1).map(({ from }) => from)))];
  return {
    changes: changes.sort((a, b) => a - b),
    at: (speaker, time) => versions.get(speaker)?.findLast(({ from }) => from <= time)?.routes,
  };
}

type Versions = ReadonlyMap<string, readonly Version[]>;

function followed(plan: BgpPlan, deeds: readonly TimedDeed[], seed: number): Versions {
  const [first] = deeds;
  const last = deeds.at(-1);
  const begin = (first?.at ?? 0) - SETTLING * SECOND;
  const controlPlane = new ControlPlane(plan, seed);
  controlPlane.runUntil(SETTLING);
  const tables = new Map(
    plan.speakers.map(({ name }) => {
      const own = (controlPlane.stateOf(name)?.kernel ?? []).filter(({ protocol }) => protocol === 'bird');
      return [name, new Map(own.map((route) => [keyOf(route), route]))];
    }),
  );
  const versions = new Map(
    [...tables].map(([name, table]): [string, Version[]] => [name, [{ from: -Infinity, routes: inOrder(table) }]]),
  );
  const known = controlPlane.events.length;
  for (const { at, does } of deeds) controlPlane.plan({ at: (at - begin) / SECOND, does });
  controlPlane.runUntil(((last?.at ?? 0) - begin) / SECOND + WATCH);
  for (const { at, what } of controlPlane.events.slice(known)) {
    if (what.kind !== 'kernel') continue;
    const { speaker, route, old } = what;
    const changed = route ?? old;
    const table = tables.get(speaker);
    if (changed?.protocol !== 'bird' || table === undefined) continue;
    if (route) table.set(keyOf(route), route);
    else table.delete(keyOf(changed));
    const own = versions.get(speaker) ?? [];
    const from = at + begin;
    // what changes together is one version
    if (own.at(-1)?.from === from) own.pop();
    own.push({ from, routes: inOrder(table) });
  }
  return versions;
}

/** What all settle on after the last deed, from that on; nobody asks for what was before. */
function settledVersions(plan: BgpPlan, deeds: readonly TimedDeed[]): Versions {
  if (sessionEnds(plan) > MOST_SETTLED) return new Map();
  const from = deeds.at(-1)?.at ?? 0;
  const settled = bgpRoutes(
    plan,
    deeds.map(({ does }) => does),
  );
  return new Map(
    [...settled].map(([name, routes]) => [
      name,
      [{ from, routes: routes.filter(({ protocol }) => protocol === 'bird') }],
    ]),
  );
}

function keyOf({ destination, metric = 0 }: BgpKernelRoute): string {
  return `${prefixKey(destination)} ${metric}`;
}

function inOrder(table: ReadonlyMap<string, BgpKernelRoute>): readonly BgpKernelRoute[] {
  return [...table.values()].sort(
    (a, b) =>
      compareAddresses(a.destination.address, b.destination.address) ||
      a.destination.length - b.destination.length ||
      (a.metric ?? 0) - (b.metric ?? 0),
  );
}
