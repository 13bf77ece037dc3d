import { useMemo, useState } from 'react';
import type { Comparison } from '../../datamodel/cluster/comparison.ts';
import { compareWays } from '../../scene/compare/compareWays.ts';
import { figuresOf } from '../../scene/compare/figures.ts';
import { answerWay, requestWay } from '../../scene/compare/way.ts';
import { namesOf } from '../../scene/names.ts';
import { Figures } from './Figures.tsx';
import { Stations } from './Stations.tsx';

/** Both runs: the figures that sum them up, then the first packet and its answer, station by station. */
export function ComparedRequest({ comparison }: { readonly comparison: Comparison }) {
  const [onlyDifferences, setOnlyDifferences] = useState(false);
  const [{ conversation: a, view }, { conversation: b }] = comparison;
  const parts = useMemo(() => {
    const ways = [
      ['The request', requestWay(a), requestWay(b)],
      ['The answer', answerWay(a), answerWay(b)],
    ] as const;
    return ways.map(([what, wayA, wayB]) => {
      const labels = [...new Set([wayA, wayB].flatMap((way) => way?.trace.label ?? []))];
      return { what, label: labels.join(' and '), rows: compareWays(wayA, wayB) };
    });
  }, [a, b]);
  const figures = useMemo(() => figuresOf(comparison), [comparison]);
  const names = useMemo(() => namesOf(view), [view]);
  return (
    <>
      <Figures figures={figures} />
      <label className="compare-filter">
        <input
          type="checkbox"
          checked={onlyDifferences}
          onChange={({ target }) => setOnlyDifferences(target.checked)}
        />
        Only what differs
      </label>
      {parts.map(({ what, label, rows }) => (
        <section key={what} aria-label={what} className="compare-way">
          <h2>
            {what}
            {label !== '' && `: ${label}`}
          </h2>
          {rows.length === 0 ? (
            <p className="compare-none">On neither side.</p>
          ) : (
            <Stations what={what} rows={rows} names={names} onlyDifferences={onlyDifferences} />
          )}
        </section>
      ))}
    </>
  );
}
