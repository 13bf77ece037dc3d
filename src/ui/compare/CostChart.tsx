import { scaleSymlog } from 'd3-scale';
import { line } from 'd3-shape';
import type { CSSProperties } from 'react';
import type { ProxyMode } from '../../datamodel/cluster/command.ts';
import type { Quantity, Series } from './series.ts';
import { seriesName } from './series.ts';

/** Drawn as wide as it is shown, nearly: text keeps its size. */
const WIDTH = { wide: 560, narrow: 330 };
const HEIGHT = 300;
const LEFT = 48;
/** Room for the lines' names. */
const NAMES = 124;
const TOP = 14;
const BOTTOM = 266;
/** Names at the lines' ends keep off each other. */
const NAME_HEIGHT = 16;

const COLORS: Readonly<Record<ProxyMode, string>> = {
  iptables: '--tun',
  nftables: '--ip',
  ipvs: '--l4',
  ebpf: '--data',
};
const DASHES: Readonly<Record<ProxyMode, string>> = {
  iptables: 'none',
  nftables: '7 4',
  ipvs: '2 4',
  ebpf: '10 3 2 3',
};

function colored(mode: ProxyMode): CSSProperties & Record<'--c', string> {
  return { '--c': `var(${COLORS[mode]})` };
}

export interface CostChartProps {
  readonly quantity: Quantity;
  readonly series: readonly Series[];
  readonly chosen: number;
  readonly width: keyof typeof WIDTH;
}

/** What was measured, on axes whose every step is ten times the one before; the table below says the same. */
export function CostChart({ quantity, series, chosen, width }: CostChartProps) {
  const right = WIDTH[width] - NAMES;
  const most = Math.max(10, ...series.flatMap(({ points }) => points.map(({ value }) => value)));
  const x = scaleSymlog([0, 10_000], [LEFT, right]);
  const y = scaleSymlog([0, 10 ** Math.ceil(Math.log10(most))], [BOTTOM, TOP]);
  const path = line<Series['points'][number]>(
    ({ services }) => x(services),
    ({ value }) => y(value),
  );
  const powers = Array.from({ length: Math.ceil(Math.log10(most)) + 1 }, (_, i) => 10 ** i);
  const names = placeNames(
    series.flatMap((each) => {
      const last = each.points.at(-1);
      return last ? [{ each, x: x(last.services), y: y(last.value) }] : [];
    }),
  );
  return (
    <figure className="cost-chart">
      <figcaption>{quantity.name}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH[width]} ${HEIGHT}`}
        role="img"
        aria-label={`${quantity.name}, by the number of Services: ${series.map(seriesName).join('; ')}. The table below has the figures.`}
      >
        {[0, ...powers].map((power) => (
          <g key={power}>
            <line className="cost-axis" x1={LEFT} x2={right} y1={y(power)} y2={y(power)} />
            <text x={LEFT - 6} y={y(power) + 4} textAnchor="end">
              {short(power)}
            </text>
          </g>
        ))}
        {[1, 10, 100, 1000, 10_000].map((services) => (
          <text key={services} x={x(services)} y={BOTTOM + 17} textAnchor="middle">
            {short(services)}
          </text>
        ))}
        <text x={(LEFT + right) / 2} y={HEIGHT - 2} textAnchor="middle">
          Services
        </text>
        <line className="cost-chosen" x1={x(chosen)} x2={x(chosen)} y1={TOP} y2={BOTTOM} />
        {series.map(({ mode, points }) => (
          <g key={mode} style={colored(mode)}>
            <path className="cost-line" d={path(points) ?? ''} strokeDasharray={DASHES[mode]} />
            {points.map(({ services, value }) => (
              <circle
                key={services}
                className="cost-point"
                cx={x(services)}
                cy={y(value)}
                r={services === chosen ? 4.5 : 2.5}
              />
            ))}
          </g>
        ))}
        {names.map(({ each, x: at, y: height }) => (
          <text key={each.mode} className="cost-name" style={colored(each.mode)} x={at + 9} y={height + 4}>
            {seriesName(each)}
          </text>
        ))}
      </svg>
    </figure>
  );
}

interface Name {
  readonly each: Series;
  readonly x: number;
  readonly y: number;
}

/** From the bottom up, each at its line's end or just above the one before. */
function placeNames(names: readonly Name[]): readonly Name[] {
  const placed: Name[] = [];
  for (const name of names.toSorted((a, b) => b.y - a.y)) {
    const below = placed.at(-1);
    placed.push(below ? { ...name, y: Math.min(name.y, below.y - NAME_HEIGHT) } : name);
  }
  return placed;
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  return value >= 1000 ? `${value / 1000} k` : String(value);
}
