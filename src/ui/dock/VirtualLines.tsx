import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

export interface VirtualLinesProps {
  readonly count: number;
  readonly label: string;
  /** Index of the line that shall be in sight; scrolls when it changes. */
  readonly target: number;
  readonly render: (index: number) => ReactNode;
}

export const LINE_HEIGHT = 20;
const OVERSCAN = 8;

/** A list of equally high lines of which only those in sight exist: ten thousand cost as much as ten. */
export function VirtualLines({ count, label, target, render }: VirtualLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ from: 0, to: 40 });

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

  const from = Math.min(range.from, Math.max(0, count - 1));
  const to = Math.min(range.to, count);
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
    >
      <ol style={{ height: count * LINE_HEIGHT, paddingTop: from * LINE_HEIGHT }}>{indices.map(render)}</ol>
    </section>
  );
}
