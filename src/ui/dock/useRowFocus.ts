import {
  type FocusEvent,
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

export const LINE_HEIGHT = 20;

interface RowFocusParts {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly count: number;
  /** The rows that exist. */
  readonly from: number;
  readonly to: number;
  /** The row to begin at, until a person has chosen another; -1: the first. */
  readonly target: number;
  readonly hasButton: (index: number) => boolean;
}

export interface RowFocus {
  /** The row whose button is in the tab order. */
  readonly stop: number | undefined;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: (event: FocusEvent) => void;
  readonly onBlur: (event: FocusEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
}

/** One tab stop for the buttons of many rows; arrows, Home, End and the page keys move it, and scroll as far as they must. */
export function useRowFocus({ scroller, count, from, to, target, hasButton }: RowFocusParts): RowFocus {
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  /** A row to be focused as soon as it exists. */
  const wanted = useRef<number | undefined>(undefined);
  /** The row that has the focus. */
  const held = useRef<number | undefined>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another target is another place to begin at
  useEffect(() => {
    if (held.current === undefined) setChosen(undefined);
  }, [target]);

  useLayoutEffect(() => {
    const list = scroller.current;
    if (!list) return;
    const row = wanted.current ?? held.current;
    if (row === undefined) return;
    const button = buttonOf(list, row);
    if (wanted.current !== undefined && button) {
      wanted.current = undefined;
      button.focus({ preventScroll: true });
    } else if (wanted.current === undefined && !button && isNowhere(list)) {
      // scrolled away, or deleted: what is left of the list keeps the focus
      const last = nearest(Math.min(row, count - 1));
      const near = last === undefined ? null : buttonOf(list, last);
      (near ?? list).focus({ preventScroll: true });
    }
  });

  return {
    stop: nearest(chosen ?? Math.max(0, target)),
    onKeyDown: (event) => {
      const row = rowOf(event.target);
      const list = scroller.current;
      if (row === undefined || !list || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = Math.max(1, Math.floor(list.clientHeight / LINE_HEIGHT) - 1);
      const moves = new Map<string, readonly [number, 1 | -1]>([
        ['ArrowDown', [row + 1, 1]],
        ['ArrowUp', [row - 1, -1]],
        ['PageDown', [Math.min(row + page, count - 1), 1]],
        ['PageUp', [Math.max(row - page, 0), -1]],
        ['Home', [0, 1]],
        ['End', [count - 1, -1]],
      ]);
      const move = moves.get(event.key);
      if (!move) return;
      event.preventDefault();
      const next = along(move[0], move[1]);
      if (next !== undefined) go(list, next);
    },
    onFocus: (event) => {
      held.current = rowOf(event.target);
      if (held.current !== undefined) setChosen(held.current);
    },
    onBlur: (event) => {
      if (event.relatedTarget !== null) held.current = undefined;
    },
    onPointerDown: (event) => {
      const row = rowOf(event.target);
      if (row !== undefined) setChosen(row);
    },
  };

  function go(list: HTMLElement, row: number): void {
    wanted.current = row;
    setChosen(row);
    const top = row * LINE_HEIGHT;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + LINE_HEIGHT > list.scrollTop + list.clientHeight)
      list.scrollTop = top + LINE_HEIGHT - list.clientHeight;
  }

  function along(start: number, by: 1 | -1): number | undefined {
    for (let row = start; row >= 0 && row < count; row += by) if (hasButton(row)) return row;
    return undefined;
  }

  /** Of the rows that exist the one that is nearest to a row and has a button. */
  function nearest(row: number): number | undefined {
    const start = Math.min(Math.max(row, from), to - 1);
    for (let away = 0; away < to - from; away++) {
      for (const each of [start + away, start - away]) if (each >= from && each < to && hasButton(each)) return each;
    }
    return undefined;
  }
}

function rowOf(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-row]')?.dataset.row : undefined;
  return row === undefined ? undefined : Number(row);
}

function buttonOf(list: HTMLElement, row: number): HTMLElement | null {
  return list.querySelector<HTMLElement>(`[data-row="${row}"] .line-menu`);
}

/** What had the focus is gone, and nobody else has taken it. */
function isNowhere(list: HTMLElement): boolean {
  const { activeElement, body } = list.ownerDocument;
  return activeElement === null || activeElement === body;
}
