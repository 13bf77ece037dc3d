import { useId } from 'react';
import type { ComparedStation } from '../../scene/compare/compareWays.ts';
import { effortWords, type Station } from '../../scene/compare/station.ts';
import { stopName } from '../../scene/stops.ts';
import { StationDetail } from './StationDetail.tsx';

export interface StationRowProps {
  readonly row: ComparedStation;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** A station on both sides; opened, it shows both packets as they leave it. */
export function StationRow({ row, isOpen, onToggle }: StationRowProps) {
  const { a, b, differences } = row;
  const id = useId();
  const station = a ?? b;
  if (station === undefined) return null;
  const { text, terminal } = stopName(station.stop.place);
  const differs = differences.length > 0;
  return (
    <>
      <tr className="compare-row" data-differs={differs}>
        <th scope="row">
          <button
            type="button"
            className={terminal ? 'compare-station mono' : 'compare-station'}
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            onClick={onToggle}
          >
            {text}
          </button>
        </th>
        <StationCell side="A" station={a} differences={differences} />
        <td className="compare-differs">{differs ? `≠ ${differences.join(', ')}` : '= same'}</td>
        <StationCell side="B" station={b} differences={differences} />
      </tr>
      {isOpen && (
        <tr id={id} className="compare-detail">
          <td />
          <StationDetail side="A" station={a} />
          <td />
          <StationDetail side="B" station={b} />
        </tr>
      )}
    </>
  );
}

interface StationCellProps {
  readonly side: 'A' | 'B';
  readonly station: Station | undefined;
  readonly differences: readonly string[];
}

function StationCell({ side, station, differences }: StationCellProps) {
  if (station === undefined) {
    return (
      <td className="compare-cell" data-side={side}>
        <span className="compare-side">{side}</span>
        <span className="compare-none">does not come by here</span>
      </td>
    );
  }
  const { decisions, source, destination, outer, ttl, bytes } = station;
  const fact = (text: string | undefined, ...words: readonly string[]) =>
    text !== undefined && <span data-differs={words.some((word) => differences.includes(word))}>{text}</span>;
  return (
    <td className="compare-cell" data-side={side}>
      <span className="compare-side">{side}</span>
      <div className="compare-facts mono">
        {decisions.length > 0 && (
          <div className="compare-decisions" data-differs={differences.includes('decision')}>
            {decisions.map((line) => (
              <div key={line}>{line}</div>
            ))}
          </div>
        )}
        <div className="compare-numbers">
          {fact(`${source} → ${destination}`, 'source', 'destination')}
          {fact(outer && `outer ${outer}`, 'tunnel')}
          {fact(ttl === undefined ? undefined : `ttl ${ttl}`, 'TTL')}
          {fact(bytes === undefined ? undefined : `${bytes} B frame`, 'bytes')}
          {fact(effortWords(station), 'rules', 'lookups')}
        </div>
      </div>
    </td>
  );
}
