import type { ProxyMode } from '../../datamodel/cluster/command.ts';
import type { ServiceCost } from '../../datamodel/cluster/serviceCost.ts';
import { PROXY_NAMES } from '../../store/proxyNames.ts';
import { MODES } from './modes.ts';

/** What a chart shows of a cost. */
export interface Quantity {
  readonly name: string;
  readonly of: (cost: ServiceCost) => number;
}

export const PER_CONNECTION: Quantity = {
  name: 'Rules tried and lookups made for a new connection to the last Service',
  of: ({ last }) => last.rules + last.lookups,
};

export const PER_SYNC: Quantity = {
  name: 'Entries that a full sync writes on one node',
  of: ({ entries }) => entries,
};

export interface Series {
  readonly mode: ProxyMode;
  readonly points: readonly { readonly services: number; readonly value: number }[];
  /** How it grows: told from what was measured. */
  readonly growth: string;
}

/** One line a mode, in ascending order of Services. */
export function seriesOf(costs: readonly ServiceCost[], { of }: Quantity): readonly Series[] {
  return MODES.map((mode) => {
    const points = costs
      .filter(({ proxyMode }) => proxyMode === mode)
      .map((cost) => ({ services: cost.services, value: of(cost) }))
      .toSorted((a, b) => a.services - b.services);
    return { mode, points, growth: growthOf(points) };
  });
}

/** `O(n)`, `O(1)`, `none`, or nothing while too little is known to tell. */
export function growthOf(points: Series['points']): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.services < first.services * 100) return '';
  if (points.every(({ value }) => value === 0)) return 'none';
  const middle = points.find(({ services, value }) => services >= last.services / 10 && value > 0) ?? first;
  const slope = Math.log(last.value / middle.value) / Math.log(last.services / middle.services);
  if (slope < 0.1) return 'O(1)';
  return slope > 0.8 && slope < 1.2 ? 'O(n)' : `O(n^${slope.toFixed(1)})`;
}

/** `iptables, O(n)` */
export function seriesName({ mode, growth }: Series): string {
  return growth === '' ? PROXY_NAMES[mode] : `${PROXY_NAMES[mode]}, ${growth}`;
}
