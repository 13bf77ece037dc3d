import type { Conversation } from '../flow/trace.ts';
import type { ClusterSettings } from './command.ts';
import type { ClusterView } from './view.ts';

/** One side of a comparison: what a flow did on the cluster under some settings. */
export interface Compared {
  /** What was asked for, over what is in force. */
  readonly settings: Partial<ClusterSettings>;
  readonly view: ClusterView;
  /** Nobody remembers it: its tables cannot be asked for later. */
  readonly conversation: Conversation;
}

/** The same flow twice. */
export type Comparison = readonly [Compared, Compared];
