import { Fragment, useState } from 'react';
import type { ComparedStation } from '../../scene/compare/compareWays.ts';
import type { Names } from '../../scene/names.ts';
import { StationRow } from './StationRow.tsx';

export interface StationsProps {
  readonly what: string;
  readonly rows: readonly ComparedStation[];
  readonly names: Names;
  readonly onlyDifferences: boolean;
}

/** One packet's stations on both sides, under the namespaces that they are in. */
export function Stations({ what, rows, names, onlyDifferences }: StationsProps) {
  const [open, setOpen] = useState<number | undefined>(undefined);
  const shown = rows.map((row, place) => ({ row, place, netns: netnsOf(row) }));
  const kept = onlyDifferences ? shown.filter(({ row }) => row.differences.length > 0) : shown;
  if (kept.length === 0) return <p className="compare-none">Nothing differs.</p>;
  return (
    <table className="compare-table compare-stations">
      <caption className="visually-hidden">{what}, station by station</caption>
      <thead>
        <tr>
          <th scope="col">Station</th>
          <th scope="col">A</th>
          <th scope="col">Differs</th>
          <th scope="col">B</th>
        </tr>
      </thead>
      <tbody>
        {kept.map(({ row, place, netns }, i) => (
          <Fragment key={place}>
            {kept[i - 1]?.netns !== netns && (
              <tr className="compare-hop">
                <th scope="rowgroup" colSpan={4}>
                  {names.netns(netns)}
                </th>
              </tr>
            )}
            <StationRow
              row={row}
              isOpen={open === place}
              onToggle={() => setOpen(open === place ? undefined : place)}
            />
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function netnsOf({ a, b }: ComparedStation): string {
  return (a ?? b)?.stop.place.netns ?? '';
}
