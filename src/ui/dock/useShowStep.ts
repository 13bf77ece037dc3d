import { useCallback } from 'react';
import { useSession } from '../session.ts';
import { toolOf } from './toolOf.ts';

/** Shows a step and opens the dock on the table line that decided it. */
export function useShowStep(): (step: number) => void {
  const session = useSession();
  return useCallback(
    (step) => {
      session.playback.toStep(step);
      const segment = session.store.getState().traffic.track?.bySteps.get(step);
      const tool = segment?.step.entry && toolOf(segment.step.entry.table);
      session.select({ pinned: undefined, followTable: true, ...(tool && { dock: tool }) });
    },
    [session],
  );
}
