import { compareFlow } from './compareFlow.ts';
import { learnedUndone } from './learnedUndo.ts';
import { hasGuests, remainingTables } from './linux/remains.ts';
import { operated } from './operated.ts';
import { reconfigured } from './reconfigured.ts';
import { typed } from './typed.ts';
import { waited } from './waited.ts';

/** What changes a cluster once there is one, and compares it with what it would be. */
export const changes = {
  compareFlow,
  hasGuests,
  learnedUndone,
  operated,
  reconfigured,
  remainingTables,
  typed,
  waited,
};

export type Changes = typeof changes;
