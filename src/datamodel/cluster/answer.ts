import type { Destination } from '../flow/flow.ts';
import type { Conversation } from '../flow/trace.ts';
import type { NetnsId } from '../network/netnsId.ts';
import type { ManifestProblem } from './problem.ts';
import type { ClusterView } from './view.ts';

/** What a command did. */
export type Applied =
  | { readonly ok: true; readonly cluster: ClusterView; readonly conversation?: Conversation }
  /** Nothing was changed. */
  | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

/** A moment in a conversation: after the step with this id. */
export interface Moment {
  readonly conversation: number;
  readonly step: number;
}

/** What a typed sender or destination stands for. */
export type ResolvedReference =
  | {
      readonly ok: true;
      /** Whose processes send; absent for what cannot send. */
      readonly netns?: NetnsId;
      readonly to: Destination;
      /** The one that was typed, else the first that the object offers. */
      readonly port?: number;
      readonly label: string;
    }
  | { readonly ok: false; readonly message: string };
