import { type KeyboardEvent, memo, useMemo, useState } from 'react';
import type { Layer, LayerField } from '../../wire/layers.ts';
import { byteRuns, hexRows } from './byteRuns.ts';
import type { Rewritten } from './changes.ts';
import type { HeaderColor } from './colors.ts';
import { fieldKey } from './fieldKey.ts';

export interface HexViewProps {
  readonly bytes: Uint8Array;
  readonly layers: readonly Layer[];
  readonly colors: readonly HeaderColor[];
  readonly rewritten: ReadonlyMap<LayerField, Rewritten>;
  readonly pointed: string | undefined;
  readonly onPoint: (field: string | undefined) => void;
}

const WIDTH = 16;
/** Headers are read; payload is looked at when it is asked for. */
const SHOWN_FIRST = 192;

/** The packet's real bytes in the colours of its headers. Pointing at a byte names its field, here and in the stack. */
export const HexView = memo(function HexView({ bytes, layers, colors, rewritten, pointed, onPoint }: HexViewProps) {
  const [all, setAll] = useState(false);
  const runs = useMemo(() => byteRuns(layers), [layers]);
  const limit = all ? bytes.length : Math.min(bytes.length, SHOWN_FIRST);
  const rows = useMemo(() => hexRows(runs, WIDTH, limit), [runs, limit]);
  const changed = useMemo(
    () => new Set([...rewritten.values()].filter(({ isNat }) => isNat).map(({ field }) => fieldKey(field))),
    [rewritten],
  );
  const index = pointed === undefined ? -1 : runs.findIndex((run) => run.keys.includes(pointed));
  const named = runs[index];
  const field = named?.fields.find((each) => fieldKey(each) === pointed);

  const onKeyDown = (event: KeyboardEvent): void => {
    const by =
      event.key === 'ArrowRight' || event.key === 'ArrowDown'
        ? 1
        : event.key === 'ArrowLeft' || event.key === 'ArrowUp'
          ? -1
          : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = runs[Math.min(runs.length - 1, Math.max(0, index + by))];
    onPoint(next?.keys[0]);
  };

  return (
    <div className="hex">
      <section
        className="hex-bytes mono"
        data-testid="hex"
        data-own-keys
        aria-label={`${bytes.length} bytes; arrow keys go from field to field`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk the fields
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerLeave={() => onPoint(undefined)}
        onBlur={() => onPoint(undefined)}
      >
        {rows.map((row) => (
          <div key={row.offset} className="hex-row">
            <span className="hex-offset">{row.offset.toString(16).padStart(4, '0')}</span>
            <span>
              {row.pieces.map(({ run, from, to }) => (
                <span
                  key={from}
                  className="hex-run"
                  data-color={colors[run.layer]}
                  data-pointed={pointed !== undefined && run.keys.includes(pointed)}
                  data-changed={run.keys.some((key) => changed.has(key))}
                  onPointerEnter={() => onPoint(run.keys[0])}
                >
                  {hexOf(bytes, from, to)}
                </span>
              ))}
            </span>
          </div>
        ))}
        {bytes.length > SHOWN_FIRST && (
          <button type="button" className="button small" onClick={() => setAll(!all)}>
            {all ? 'Show less' : `Show all ${bytes.length} bytes`}
          </button>
        )}
      </section>
      <output className="hex-name">
        {named && field ? (
          <>
            {layers[named.layer]?.protocol} · {field.name} <span className="mono">{field.value}</span>
          </>
        ) : (
          <span className="hint">Point at bytes or fields to see which belong together.</span>
        )}
      </output>
    </div>
  );
});

function hexOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += `${(bytes[i] ?? 0).toString(16).padStart(2, '0')} `;
  return text;
}
