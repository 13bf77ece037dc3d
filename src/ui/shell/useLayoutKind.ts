import { useSyncExternalStore } from 'react';

/** `full`: three columns. `drawers`: side panels slide in. `phone`: everything stands below each other. */
export type LayoutKind = 'full' | 'drawers' | 'phone';

const full = '(min-width: 1200px)';
const drawers = '(min-width: 768px)';

function read(): LayoutKind {
  if (matchMedia(full).matches) return 'full';
  return matchMedia(drawers).matches ? 'drawers' : 'phone';
}

function subscribe(listener: () => void): () => void {
  const queries = [matchMedia(full), matchMedia(drawers)];
  for (const query of queries) query.addEventListener('change', listener);
  return () => {
    for (const query of queries) query.removeEventListener('change', listener);
  };
}

export function useLayoutKind(): LayoutKind {
  return useSyncExternalStore(subscribe, read);
}
