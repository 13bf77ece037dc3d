import { useState } from 'react';
import type { Layer, LayerField } from '../../wire/layers.ts';
import type { Rewritten } from './changes.ts';
import type { HeaderColor } from './colors.ts';
import { fieldKey } from './fieldKey.ts';
import { type Part, summaryOf } from './summary.ts';

export interface PacketStackProps {
  readonly layers: readonly Layer[];
  readonly colors: readonly HeaderColor[];
  readonly rewritten: ReadonlyMap<LayerField, Rewritten>;
  /** Key of the field that is pointed at, here or in the bytes. */
  readonly pointed: string | undefined;
  readonly onPoint: (field: string | undefined) => void;
}

/** Of what is inside a tunnel, in pixels. */
const INDENT = 14;

/** The packet's headers, outermost first; each unfolds to its fields. */
export function PacketStack({ layers, colors, rewritten, pointed, onPoint }: PacketStackProps) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string): void =>
    setOpened((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  return (
    <ol className="stack" data-testid="packet-stack">
      {layers.map((layer, i) => {
        const key = `${layer.protocol} ${layer.depth} ${layer.quoted}`;
        const isOpen = opened.has(key);
        const isPointed = pointed !== undefined && layer.fields.some((field) => fieldKey(field) === pointed);
        return (
          <li
            key={`${layer.offset} ${layer.protocol}`}
            className="layer"
            data-color={colors[i]}
            data-pointed={isPointed}
            style={{ marginLeft: INDENT * Math.min(3, layer.depth) }}
          >
            <button type="button" className="layer-head" aria-expanded={isOpen} onClick={() => toggle(key)}>
              <b>
                {layer.quoted && <span className="quoted">quoted </span>}
                {layer.protocol}
              </b>
              <span className="mono layer-line">
                {summaryOf(layer, rewritten).map((part, n) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: parts of one line never change places
                  <SummaryPart key={n} part={part} />
                ))}
              </span>
              <em title={`${layer.headerLength} bytes`}>{layer.headerLength}</em>
            </button>
            {layer.note && <p className="layer-note">{layer.note}</p>}
            {isOpen && (
              <dl className="fields">
                {layer.fields.map((field) => (
                  <Field
                    key={field.path}
                    field={field}
                    change={rewritten.get(field)}
                    isPointed={pointed === fieldKey(field)}
                    onPoint={onPoint}
                  />
                ))}
              </dl>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function SummaryPart({ part }: { readonly part: Part }) {
  return (
    <span title={part.whole}>
      {part.was !== undefined && (
        <>
          <span className="visually-hidden">was </span>
          <del className="was">{part.was}</del>
          <span className="visually-hidden">, now</span>{' '}
        </>
      )}
      {part.was === undefined ? part.text : <ins data-nat={part.isNat}>{part.text}</ins>}{' '}
    </span>
  );
}

interface FieldProps {
  readonly field: LayerField;
  readonly change: Rewritten | undefined;
  readonly isPointed: boolean;
  readonly onPoint: (field: string | undefined) => void;
}

function Field({ field, change, isPointed, onPoint }: FieldProps) {
  const key = fieldKey(field);
  const point = (): void => onPoint(key);
  const leave = (): void => onPoint(undefined);
  return (
    <div className="header-field" data-pointed={isPointed} onPointerEnter={point} onPointerLeave={leave}>
      <dt>{field.name}</dt>
      <dd className="mono">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: focusing a field lights its bytes */}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the value stays text that can be selected */}
        <span tabIndex={0} onFocus={point} onBlur={leave}>
          {change && (
            <>
              <span className="visually-hidden">was </span>
              <del className="was">{change.was}</del>
              <span className="visually-hidden">, now</span>{' '}
            </>
          )}
          {change ? <ins data-nat={change.isNat}>{field.value}</ins> : field.value}
          {change?.isNat && <span className="tag rewritten-tag">rewritten</span>}
        </span>
      </dd>
    </div>
  );
}
