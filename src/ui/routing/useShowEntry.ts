import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { EntryRef } from '../../datamodel/flow/step.ts';
import { toolOf } from '../dock/toolOf.ts';
import { useSession } from '../session.ts';

interface ShownEntry {
  readonly tool: Tool;
  readonly open: () => void;
}

/** For an entry, the tool that prints it and what turns the dock to its line; undefined where no tool here does. */
export function useShowEntry(): (place: EntryRef | undefined) => ShownEntry | undefined {
  const session = useSession();
  return (place) => {
    const tool = place && toolOf(place.table, place.id);
    if (place === undefined || tool === undefined) return undefined;
    return {
      tool,
      open: () =>
        session.select({ dock: tool, pinned: place.netns, pointed: place, followTable: false, changed: false }),
    };
  };
}
