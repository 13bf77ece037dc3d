import { compareAddresses, type IpAddress } from '../../../../wire/address.ts';
import type { BgpAttributes } from '../../../../wire/bgpAttribute.ts';
import { type BgpNeighborhood, type TableRoute, UNKNOWN_METRIC } from './route.ts';

/** BIRD's default_local_pref and default_med. */
export const DEFAULT_LOCAL_PREF = 100;
const DEFAULT_MED = 0;

/**
 * Whether a route is better than another of the same prefix: preference, then for BGP RFC 4271 section 9.1.2.2 as BIRD
 * goes through it (`rte_better`, `bgp_rte_better`).
 */
export function isBetter(candidate: TableRoute, other: TableRoute): boolean {
  const [a, b] = [candidate.source.protocol, other.source.protocol];
  if (a.preference !== b.preference) return a.preference > b.preference;
  if (!a.bgp || !b.bgp) return false;
  const difference = compareAlike(candidate, other) || compareLast(candidate, a.bgp, other, b.bgp);
  return difference < 0;
}

/** Whether two routes may be next hops of one: alike in all that BIRD compares before it looks at who told it (`bgp_rte_mergable`). */
export function isMergeable(best: TableRoute, other: TableRoute): boolean {
  const [a, b] = [best.source.protocol, other.source.protocol];
  return a.preference === b.preference && a.bgp !== undefined && b.bgp !== undefined && compareAlike(best, other) === 0;
}

/** How many ASes a path counts: a set is one (RFC 4271 section 9.1.2.2 a). */
export function asPathLength(path: BgpAttributes['asPath']): number {
  return (path ?? []).reduce((sum, { kind, ases }) => sum + (kind === 'set' ? 1 : ases.length), 0);
}

/** @returns negative where the first is better, positive where the second is, 0 where they could be merged. */
function compareAlike(x: TableRoute, y: TableRoute): number {
  const [a, b] = [x.attributes ?? {}, y.attributes ?? {}];
  return (
    Number(y.type !== 'unreachable') - Number(x.type !== 'unreachable') ||
    (b.localPref ?? DEFAULT_LOCAL_PREF) - (a.localPref ?? DEFAULT_LOCAL_PREF) ||
    asPathLength(a.asPath) - asPathLength(b.asPath) ||
    originRank(a) - originRank(b) ||
    (neighborAs(x) === neighborAs(y) ? (a.med ?? DEFAULT_MED) - (b.med ?? DEFAULT_MED) : 0) ||
    Number(x.source.protocol.bgp?.internal) - Number(y.source.protocol.bgp?.internal) ||
    compareMetrics(x.igpMetric, y.igpMetric)
  );
}

/** Who told it: the lower identifier, the shorter list of clusters, the lower address. */
function compareLast(x: TableRoute, a: BgpNeighborhood, y: TableRoute, b: BgpNeighborhood): number {
  return (
    compareIds(x.attributes?.originatorId ?? a.neighborId, y.attributes?.originatorId ?? b.neighborId) ||
    (x.attributes?.clusterList?.length ?? 0) - (y.attributes?.clusterList?.length ?? 0) ||
    compareAddresses(a.neighbor, b.neighbor)
  );
}

function compareMetrics(a: number, b: number): number {
  if (a === b) return 0;
  return a === UNKNOWN_METRIC || a > b ? 1 : -1;
}

function compareIds(a: IpAddress | undefined, b: IpAddress | undefined): number {
  return a === undefined || b === undefined ? 0 : compareAddresses(a, b);
}

function originRank({ origin }: BgpAttributes): number {
  return origin === 'IGP' ? 0 : origin === 'EGP' ? 1 : 2;
}

/** The AS next door, whose routes alone have their MEDs compared. */
function neighborAs({ attributes, source }: TableRoute): number | undefined {
  const first = attributes?.asPath?.[0];
  return first?.kind === 'sequence' ? first.ases[0] : source.protocol.bgp?.localAs;
}
