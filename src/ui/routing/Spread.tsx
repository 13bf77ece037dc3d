import type { BgpHappening } from '../../datamodel/bgp/event.ts';
import type { BgpPlan } from '../../datamodel/bgp/plan.ts';
import type { Moment } from './moments.ts';

export interface SpreadProps {
  readonly plan: BgpPlan;
  readonly moments: readonly Moment[];
  /** The moment that is shown. */
  readonly index: number;
}

const ROW = 14;
const COLUMN = 15;
const NAMES = 84;
const MOST_ROWS = 14;
const MOST_COLUMNS = 48;
const LONGEST_NAME = 12;

/** A line for each machine, time from left to right: who tells whom, and whose kernel's routes change. The list below says the same. */
export function Spread({ plan, moments, index }: SpreadProps) {
  const involved = new Set(moments.flatMap(({ events }) => events.flatMap(({ what }) => machinesOf(what))));
  const names = plan.speakers.flatMap(({ name }) => (involved.has(name) ? [name] : []));
  const rows = names.slice(0, MOST_ROWS);
  if (rows.length === 0) return null;
  const first = Math.max(0, Math.min(index - MOST_COLUMNS / 2, moments.length - MOST_COLUMNS));
  const columns = moments.slice(first, first + MOST_COLUMNS);
  const speaking = new Set((moments[index]?.events ?? []).flatMap(({ what }) => machinesOf(what)));
  const width = NAMES + columns.length * COLUMN;
  const height = rows.length * ROW;
  const y = (name: string): number => (rows.indexOf(name) + 0.5) * ROW;
  return (
    <figure className="spread">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard */}
      <section className="spread-scroll" aria-label="Who tells whom, moment by moment" tabIndex={0}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`Moment ${index} of ${moments.length - 1}; listed below`}
        >
          <rect className="spread-now" x={NAMES + (index - first) * COLUMN} width={COLUMN} height={height} />
          {rows.map((name) => (
            <g key={name} data-speaks={speaking.has(name)}>
              <line className="spread-lane" x1={NAMES} x2={width} y1={y(name)} y2={y(name)} />
              <text x={0} y={y(name) + 4}>
                <title>{name}</title>
                {name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name}
              </text>
            </g>
          ))}
          {columns.map((moment, column) => (
            <g
              key={moment.after}
              transform={`translate(${NAMES + (column + 0.5) * COLUMN} 0)`}
              data-coming={first + column > index}
            >
              {marksOf(moment, y)}
            </g>
          ))}
        </svg>
      </section>
      <figcaption>
        <span aria-hidden="true">
          ╽ told · <i data-mark="new" /> route written · <i data-mark="gone" /> route gone
        </span>
        {names.length > rows.length && <span> · {names.length - rows.length} more machines are in the list</span>}
      </figcaption>
    </figure>
  );
}

/** One mark for all of a kind at a machine: a dozen prefixes in one message are one message. */
function marksOf({ events }: Moment, y: (name: string) => number) {
  const marks = new Map<string, React.ReactNode>();
  for (const { what } of events) {
    if (what.kind === 'sent') {
      const [from, to] = [y(what.speaker), y(what.to)];
      if (from < 0 || to < 0) continue;
      const key = `${what.speaker} ${what.to}`;
      marks.set(
        key,
        <g key={key} className="spread-told" data-type={what.message.type}>
          <line y1={from} y2={to} />
          <path d={to > from ? `M-3 ${to - 6}h6l-3 5z` : `M-3 ${to + 6}h6l-3 -5z`} />
        </g>,
      );
    }
    if (what.kind === 'kernel' && y(what.speaker) > 0)
      marks.set(
        what.speaker,
        <circle
          key={what.speaker}
          className={what.route ? 'spread-new' : 'spread-gone'}
          cy={y(what.speaker)}
          r={3.5}
        />,
      );
  }
  return [...marks.values()];
}

function machinesOf(what: BgpHappening): readonly string[] {
  if (what.kind === 'sent') return [what.speaker, what.to];
  return what.kind === 'kernel' ? [what.speaker] : [];
}
