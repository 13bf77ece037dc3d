import type { JsonObject } from '../spec/json.ts';

/** What a runtime says of a container when it has a network added or deleted (libcni.RuntimeConf). */
export interface RuntimeConf {
  readonly containerId: string;
  /** Path of the network namespace; '' when it is gone. */
  readonly netns: string;
  readonly ifName: string;
  readonly args: readonly (readonly [string, string])[];
  /** By capability: only plugins that declare it are told. */
  readonly capabilityArgs: JsonObject;
}
