import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { LINE_HEIGHT, useRowFocus } from './useRowFocus.ts';

export interface VirtualLinesProps {
  readonly count: number;
  readonly label: string;
  /** Index of the line that shall be in sight; scrolls when it changes. */
  readonly target: number;
  /** Takes the focus when it appears. */
  readonly takesFocus?: boolean;
  /** Whether a line has a button; one of those in sight is in the tab order, arrows move between them. */
  readonly hasButton: (index: number) => boolean;
  readonly render: (index: number, isStop: boolean) => ReactNode;
}

const OVERSCAN = 8;

/** A list of equally high lines of which only those in sight exist: ten thousand cost as much as ten. */
export function VirtualLines({ count, label, target, takesFocus, hasButton, render }: VirtualLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ from: 0, to: 40 });
  const from = Math.min(range.from, Math.max(0, count - 1));
  const to = Math.min(range.to, count);
  const rows = useRowFocus({ scroller, count, from, to, target, hasButton });

  useLayoutEffect(() => {
    const list = scroller.current;
    if (!list) return;
    const measure = (): void => {
      const from = Math.max(0, Math.floor(list.scrollTop / LINE_HEIGHT) - OVERSCAN);
      const to = Math.ceil((list.scrollTop + list.clientHeight) / LINE_HEIGHT) + OVERSCAN;
      setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    measure();
    list.addEventListener('scroll', measure, { passive: true });
    const observer = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(measure);
    observer?.observe(list);
    return () => {
      list.removeEventListener('scroll', measure);
      observer?.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    const list = scroller.current;
    if (!list || target < 0) return;
    const top = target * LINE_HEIGHT;
    const isSeen = top >= list.scrollTop && top + LINE_HEIGHT <= list.scrollTop + list.clientHeight;
    if (!isSeen) list.scrollTop = Math.max(0, top - list.clientHeight / 2);
  }, [target]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: when it appears, and never again
  useLayoutEffect(() => {
    if (takesFocus) scroller.current?.focus({ preventScroll: true });
  }, []);

  const indices = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  return (
    <section
      className="lines mono"
      data-testid="dock-lines"
      ref={scroller}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      data-own-keys
      onKeyDown={rows.onKeyDown}
      onFocus={rows.onFocus}
      onBlur={rows.onBlur}
      onPointerDown={rows.onPointerDown}
    >
      <ol style={{ height: count * LINE_HEIGHT, paddingTop: from * LINE_HEIGHT }}>
        {indices.map((index) => render(index, index === rows.stop))}
      </ol>
    </section>
  );
}
