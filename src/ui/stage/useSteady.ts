import { useLayoutEffect, useMemo, useRef } from 'react';
import type { StationActions } from './stationActions.ts';

/** The same object for ever, doing what the latest one does: what is handed down changes nothing by itself. */
export function useSteady(actions: StationActions): StationActions {
  const latest = useRef(actions);
  useLayoutEffect(() => {
    latest.current = actions;
  });
  return useMemo<StationActions>(
    () => ({
      select: (step) => latest.current.select(step),
      choose: (netns) => latest.current.choose(netns),
      open: (netns) => latest.current.open(netns),
      hover: (netns, step) => latest.current.hover(netns, step),
    }),
    [],
  );
}
