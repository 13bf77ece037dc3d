import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { AddressBlock } from '../../datamodel/cluster/addressSpace.ts';
import { type Cell, cellsOf } from '../../scene/addresses/cells.ts';
import { describeCell, number, shortLabel } from '../../scene/addresses/describe.ts';
import { formatPrefix, type IpPrefix } from '../../wire/address.ts';
import './addressMap.css';

export interface AddressMapProps {
  readonly range: AddressBlock;
  /** Cells side by side, at most. */
  readonly columns: number;
  /** The cell that was looked for. */
  readonly found: IpPrefix | undefined;
  readonly onZoom: (prefix: IpPrefix) => void;
  /** Undefined where there is nothing around the range. */
  readonly onBack: (() => void) | undefined;
}

/** A range as a grid that is read row by row, each cell an address or a smaller range that opens. */
export function AddressMap({ range, columns, found, onZoom, onBack }: AddressMapProps) {
  const cells = cellsOf(range);
  const wide = Math.min(columns, cells.length);
  const start = startAt(cells, found);
  const [at, setAt] = useState(start);
  const grid = useRef<HTMLTableElement>(null);
  const hadFocus = useRef(false);
  const place = `${formatPrefix(range.prefix)} ${found ? formatPrefix(found) : ''}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new place, not new data, moves the focus
  useEffect(() => {
    setAt(start);
    if (hadFocus.current || found !== undefined) focusCell(grid.current, start);
  }, [place]);
  const current = Math.min(at, cells.length - 1);
  const open = (cell: Cell): void => {
    if (cell.size > 1n) onZoom(cell.prefix);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves = new Map([
      ['ArrowRight', current + 1],
      ['ArrowLeft', current - 1],
      ['ArrowDown', current + wide],
      ['ArrowUp', current - wide],
      ['Home', 0],
      ['End', cells.length - 1],
    ]);
    const cell = cells[current];
    const to = moves.get(event.key);
    if (to !== undefined) {
      if (to >= 0 && to < cells.length) focusCell(grid.current, to);
    } else if ((event.key === 'Enter' || event.key === ' ') && cell) open(cell);
    else if (event.key === 'Backspace' && onBack) onBack();
    else return;
    event.preventDefault();
  };
  const shown = cells[current];
  const rows = Array.from({ length: Math.ceil(cells.length / wide) }, (_, row) =>
    cells.slice(row * wide, row * wide + wide),
  );
  return (
    <div className="address-map">
      <table
        ref={grid}
        className="address-grid"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose cells take the focus
        role="grid"
        aria-label={`Map of ${formatPrefix(range.prefix)}`}
        data-own-keys
        data-single={cells[0]?.size === 1n}
        style={{ '--columns': wide } as React.CSSProperties}
        onKeyDown={onKeyDown}
        onFocus={() => {
          hadFocus.current = true;
        }}
        onBlur={(event) => {
          hadFocus.current = event.relatedTarget === null;
        }}
      >
        <tbody>
          {rows.map((row, y) => (
            <tr key={formatPrefix(row[0]?.prefix ?? range.prefix)} className="address-row">
              {row.map((cell, x) => {
                const index = y * wide + x;
                return (
                  <MapCell
                    key={cell.prefix.address}
                    cell={cell}
                    within={range.prefix.length}
                    isCurrent={index === current}
                    onLook={() => setAt(index)}
                    onOpen={() => open(cell)}
                  />
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="address-detail" aria-hidden="true">
        {shown && describeCell(shown)}
      </p>
      <p className="address-keys">
        <kbd>← ↑ → ↓</kbd> move, <kbd>Enter</kbd> opens a range, <kbd>Backspace</kbd> goes back.
      </p>
    </div>
  );
}

interface MapCellProps {
  readonly cell: Cell;
  readonly within: number;
  readonly isCurrent: boolean;
  readonly onLook: () => void;
  readonly onOpen: () => void;
}

function MapCell({ cell, within, isCurrent, onLook, onOpen }: MapCellProps) {
  const { use, used, size, block, nodes, next } = cell;
  const note = noteOf(cell);
  const text = describeCell(cell);
  const state = size === 1n ? (use?.state ?? 'free') : block ? 'block' : nodes.length > 0 ? 'blocks' : 'range';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the grid's
    <td
      className="address-cell"
      tabIndex={isCurrent ? 0 : -1}
      aria-label={size > 1n ? `${text}. Opens` : text}
      title={text}
      data-state={state}
      data-next={next}
      data-used={used > 0}
      data-borrowed={use?.borrowed ?? false}
      onFocus={onLook}
      onPointerEnter={onLook}
      onClick={(event) => {
        event.currentTarget.focus();
        onOpen();
      }}
    >
      <span className="address-label">{shortLabel(cell, within)}</span>
      {size > 1n && note !== undefined && <span className="address-name">{note}</span>}
      {size > 1n && used > 0 && <span className="address-fill" style={{ width: `${share(used, size)}%` }} />}
    </td>
  );
}

/** Whose a range is, or how much of it is in use: by the end of the name, which differs from node to node. */
function noteOf({ nodes, used }: Cell): string | undefined {
  const [name] = nodes;
  if (nodes.length > 1) return `${nodes.length} nodes`;
  if (name !== undefined) return name.length > LONGEST_NAME ? `…${name.slice(1 - LONGEST_NAME)}` : name;
  return used > 0 ? `${number(used)} used` : undefined;
}

const LONGEST_NAME = 8;

/** Where the focus begins: what was looked for, else the first cell that anything is in. */
function startAt(cells: readonly Cell[], found: IpPrefix | undefined): number {
  const text = found && formatPrefix(found);
  const at = cells.findIndex((cell) => (text === undefined ? cell.used > 0 : formatPrefix(cell.prefix) === text));
  return Math.max(0, at);
}

function focusCell(grid: HTMLElement | null, index: number): void {
  grid?.querySelectorAll<HTMLElement>('td')[index]?.focus();
}

/** Percent, never so few that nothing is seen. */
function share(used: number, size: bigint): number {
  return Math.max(6, Math.min(100, (used / Number(size)) * 100));
}
