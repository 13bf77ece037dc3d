import { useRef } from 'react';

export interface HistoryWalk {
  /** @returns the line to show, or undefined where the walk ends. */
  readonly go: (by: 1 | -1, present: string) => string | undefined;
  /** The next walk begins at the newest line again. */
  readonly leave: () => void;
}

/** Walks through the lines entered before; what was typed and not entered waits at the end. */
export function useHistory(history: readonly string[]): HistoryWalk {
  const at = useRef<number | undefined>(undefined);
  const typed = useRef('');
  return {
    go: (by, present) => {
      const here = Math.min(at.current ?? history.length, history.length);
      const next = here + by;
      if (next < 0 || next > history.length) return undefined;
      if (here === history.length) typed.current = present;
      at.current = next;
      return next === history.length ? typed.current : history[next];
    },
    leave: () => {
      at.current = undefined;
    },
  };
}
