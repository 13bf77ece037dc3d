import recordedJson from '../fixtures/recordedOperations.json' with { type: 'json' };
import type { JsonObject } from '../spec/json.ts';

/** What somebody did on the recorded node, between two operations. */
export interface Deed {
  readonly addNetns?: string;
  readonly deleteNetns?: string;
  readonly file?: string;
  readonly text?: string;
  readonly deleteLink?: string;
  readonly deleteRoute?: string;
  readonly deleteAddress?: string;
  readonly addAddress?: string;
  readonly dev?: string;
  /** Where; absent: on the node itself. */
  readonly netns?: string;
  /** An operation that is not among the recorded ones. */
  readonly run?: RecordedRun;
  readonly call?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

export interface RecordedRun {
  readonly command: string;
  readonly list: string;
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly args: readonly (readonly [string, string])[];
  readonly capabilityArgs: JsonObject;
  /** What was drawn at random. */
  readonly draw?: Readonly<Record<string, string>>;
  /** With `@CHAIN` for the name of a chain. */
  readonly error?: string;
}

export interface RecordedCall {
  readonly plugin: string;
  readonly depth: number;
  readonly exitCode: number;
  /** `"` for that of the call before. */
  readonly stdin: string;
  /** As JSON where it was printed with four spaces a level. */
  readonly stdout: string | JsonObject;
  readonly command?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a network namespace looked like; what had not changed since the operation before is left out. */
export interface RecordedState {
  readonly addresses?: readonly string[];
  readonly routes?: readonly string[];
  readonly nat?: readonly string[];
  readonly filter?: readonly string[];
  readonly nat6?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly qdiscs?: readonly string[];
  /** Name, index, MTU, MAC, master. */
  readonly links?: readonly (readonly string[])[];
  readonly pods?: Readonly<
    Record<
      string,
      {
        readonly addresses: readonly string[];
        readonly routes: readonly string[];
        readonly macs: readonly string[];
      } | null
    >
  >;
  readonly files?: Readonly<Record<string, string | null>>;
}

export interface RecordedOperation {
  readonly name: string;
  readonly before?: readonly Deed[];
  readonly run?: RecordedRun;
  readonly result?: string;
  readonly error?: string;
  readonly calls: readonly RecordedCall[];
  readonly then?: readonly Deed[];
  readonly after?: RecordedState;
}

/**
 * What real plugins did when they were really called: containernetworking-plugins 1.1.1 and the flannel plugin 1.2.0 under
 * libcni 1.1.2, operation by operation on one node, with all that they left behind.
 */
export const RECORDED = recordedJson as unknown as {
  readonly lists: Readonly<Record<string, string>>;
  readonly operations: readonly RecordedOperation[];
};
