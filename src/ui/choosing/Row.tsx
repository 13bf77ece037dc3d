import type { Weighing } from '../../datamodel/cluster/weighing.ts';
import { COLUMNS, type Column } from './columns.ts';
import type { Row as Known } from './useWeighings.ts';

export interface RowProps {
  readonly name: string;
  readonly isInForce: boolean;
  /** undefined: not tried yet. */
  readonly row: Known | undefined;
  readonly onShow: (weighing: Weighing, column: Column) => void;
}

/** One backend: a cell a property, each a button that lets it be seen. */
export function Row({ name, isInForce, row, onShow }: RowProps) {
  return (
    <tr aria-current={isInForce}>
      <th scope="row">
        {name}
        {isInForce && <small>in force</small>}
      </th>
      {row === undefined || 'problem' in row ? (
        <td colSpan={COLUMNS.length} className="choosing-none">
          {row ? `Cannot be built: ${row.problem}` : '…'}
        </td>
      ) : (
        COLUMNS.map((column) => {
          const detail = column.detail?.(row);
          return (
            <td key={column.name} data-column={column.name} data-bad={column.isBad?.(row) ?? false}>
              <button type="button" className="choosing-cell" title={detail} onClick={() => onShow(row, column)}>
                <b className="visually-hidden">
                  {name}, {column.name}:{' '}
                </b>
                <span>{column.text(row)}</span>
                {detail !== undefined && <small>{detail}</small>}
              </button>
            </td>
          );
        })
      )}
    </tr>
  );
}
