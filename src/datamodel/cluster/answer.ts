import type { Destination } from '../flow/flow.ts';
import type { Conversation } from '../flow/trace.ts';
import type { NetnsId } from '../network/netnsId.ts';
import type { PrintedLine } from './printed.ts';
import type { ManifestProblem } from './problem.ts';
import type { ClusterView } from './view.ts';

/** What a command did. */
export type Applied =
  | {
      readonly ok: true;
      readonly cluster: ClusterView;
      /** What was sent, or what became of the latest conversation when its tables changed in its midst. */
      readonly conversation?: Conversation;
      /** Command lines whose changes went though nobody asked: made later than the moment, or built on what was taken back. */
      readonly takenBack?: readonly string[];
      /** What a tool printed (`exec`). */
      readonly output?: CommandOutput;
    }
  /** Nothing was changed. */
  | { readonly ok: false; readonly problems: readonly ManifestProblem[]; readonly output?: CommandOutput };

/** What a command line printed, and how it ended. */
export interface CommandOutput {
  /** Standard output. */
  readonly lines: readonly PrintedLine[];
  /** Standard error, without the newline at its end; tools speak there when all went well, too. */
  readonly errors: string;
  /** 0: well. */
  readonly exitCode: number;
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
