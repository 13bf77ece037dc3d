import { err, ok, type Result } from '../../../base/result.ts';
import { familyOf, type IpAddress } from '../../../wire/address.ts';
import {
  type AddressRange,
  addressRange,
  type DeclaredRange,
  formatRange,
  rangeContains,
  rangesOverlap,
} from './addressRange.ts';

/** Ranges of one family that an interface gets one address from, all of them together. */
export type RangeSet = readonly AddressRange[];

/** Completes the ranges of a set and refuses those that do not go together (allocator/range_set.go). */
export function rangeSet(declared: readonly DeclaredRange[]): Result<RangeSet, string> {
  const set: AddressRange[] = [];
  for (const entry of declared) {
    const range = addressRange(entry);
    if (!range.ok) return range;
    if (set[0] && familyOf(set[0].start) !== familyOf(range.value.start)) return err('mixed address families');
    set.push(range.value);
  }
  if (set.length === 0) return err('empty range set');
  for (const [i, range] of set.entries()) {
    const other = set.slice(i + 1).find((candidate) => rangesOverlap(range, candidate));
    if (other) return err(`subnets ${formatRange(range)} and ${formatRange(other)} overlap`);
  }
  return ok(set);
}

/** Completes the sets of a configuration, one for each address that an interface gets (allocator/config.go). */
export function rangeSets(declared: readonly (readonly DeclaredRange[])[]): Result<readonly RangeSet[], string> {
  const sets: RangeSet[] = [];
  if (declared.length === 0) return err('no IP ranges specified');
  for (const [i, ranges] of declared.entries()) {
    const set = rangeSet(ranges);
    if (!set.ok) return err(`invalid range set ${i}: ${set.error}`);
    sets.push(set.value);
  }
  for (const [i, set] of sets.entries()) {
    const j = sets.findIndex((other, at) => at > i && setsOverlap(set, other));
    if (j >= 0) return err(`range set ${i} overlaps with ${j}`);
  }
  return ok(sets);
}

export function setsOverlap(a: RangeSet, b: RangeSet): boolean {
  return a.some((range) => b.some((other) => rangesOverlap(range, other)));
}

/** The range of a set that has an address. */
export function rangeFor(set: RangeSet, address: IpAddress): AddressRange | undefined {
  return set.find((range) => rangeContains(range, address));
}

export function formatSet(set: RangeSet): string {
  return set.map(formatRange).join(',');
}
