import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import type { IpAddress } from '../wire/address.ts';

/** What a cluster that runs remembers beyond its objects. Plain data. */
export interface RunningState {
  /** What its API server stores. */
  readonly stored: readonly DeclaredObject[];
  /** Pods that were there once, as `namespace/name`. */
  readonly namesGone: readonly string[];
  /** By node: where its host-local goes on. */
  readonly lastHandedOut: ReadonlyMap<string, IpAddress>;
}
