import { createContext } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';

/** What can be done with what is drawn. */
export interface StationActions {
  select(step: number): void;
  /** Draws the node as a column. */
  choose(netns: NetnsId): void;
  /** Shows a namespace's tables. */
  open(netns: NetnsId): void;
  hover(netns: NetnsId | undefined, step?: number): void;
}

export const StationContext = createContext<StationActions>({
  select: () => undefined,
  choose: () => undefined,
  open: () => undefined,
  hover: () => undefined,
});
