import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { clamp, DOCK_HEIGHT, INSPECTOR_WIDTH } from '../../store/preferences.ts';
import { useApp, useSession } from '../session.ts';

const KEY_STEP = 16;

/** The edge between two panels: drags, and moves with the arrow keys. */
export function Splitter({ side }: { readonly side: 'dock' | 'inspector' }) {
  const session = useSession();
  const isDock = side === 'dock';
  const range = isDock ? DOCK_HEIGHT : INSPECTOR_WIDTH;
  const size = useApp((state) => (isDock ? state.preferences.dockHeight : state.preferences.inspectorWidth));
  const grip = useRef<{ readonly at: number; readonly size: number } | undefined>(undefined);

  const resize = (next: number): void => {
    const rounded = Math.round(clamp(next, range));
    session.prefer(isDock ? { dockHeight: rounded } : { inspectorWidth: rounded });
  };
  const place = (event: PointerEvent): number => (isDock ? event.clientY : event.clientX);
  const onKeyDown = (event: KeyboardEvent): void => {
    const more = isDock ? 'ArrowUp' : 'ArrowLeft';
    const less = isDock ? 'ArrowDown' : 'ArrowRight';
    if (event.key !== more && event.key !== less) return;
    event.preventDefault();
    resize(size + (event.key === more ? KEY_STEP : -KEY_STEP));
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr cannot be moved; this is the window splitter pattern
    <div
      className="splitter"
      data-side={side}
      data-own-keys
      role="separator"
      tabIndex={0}
      aria-label={isDock ? 'Height of the tables' : 'Width of hops and packet'}
      aria-orientation={isDock ? 'horizontal' : 'vertical'}
      aria-valuenow={size}
      aria-valuemin={range.least}
      aria-valuemax={range.most}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        grip.current = { at: place(event), size };
      }}
      onPointerMove={(event) => {
        if (grip.current) resize(grip.current.size + grip.current.at - place(event));
      }}
      onPointerUp={() => {
        grip.current = undefined;
      }}
    />
  );
}
