import { align } from './align.ts';
import { type Station, stationOf } from './station.ts';
import type { Way } from './way.ts';

/** The same station on both sides, or one that only one side's packet came to. */
export interface ComparedStation {
  readonly a?: Station;
  readonly b?: Station;
  /** What differs, in words; empty: nothing. */
  readonly differences: readonly string[];
}

/** Both packets' stations, aligned by namespace and station. */
export function compareWays(a: Way | undefined, b: Way | undefined): readonly ComparedStation[] {
  const stations = (way: Way | undefined): readonly Station[] => (way?.stops ?? []).map(stationOf);
  return align(stations(a), stations(b), ({ key }) => key).map((row) => ({ ...row, differences: differences(row) }));
}

const FACTS: readonly (readonly [word: string, fact: (station: Station) => unknown])[] = [
  ['decision', ({ decisions }) => decisions.join('\n')],
  ['source', ({ source }) => source],
  ['destination', ({ destination }) => destination],
  ['tunnel', ({ outer }) => outer],
  ['TTL', ({ ttl }) => ttl],
  ['bytes', ({ bytes }) => bytes],
  ['rules', ({ rules }) => rules],
  ['lookups', ({ lookups }) => lookups],
];

function differences({ a, b }: Omit<ComparedStation, 'differences'>): readonly string[] {
  if (a === undefined || b === undefined) return [a === undefined ? 'only in B' : 'only in A'];
  return FACTS.flatMap(([word, fact]) => (fact(a) === fact(b) ? [] : [word]));
}
