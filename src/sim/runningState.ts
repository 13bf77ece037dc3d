import type { DeclaredObject } from '../datamodel/kubernetes/declared/declaredObjects.ts';
import type { IpamMemory } from './controlplane/ipam/podAddresses.ts';

/** What a cluster that runs remembers beyond its objects. Plain data. */
export interface RunningState {
  /** What its API server stores. */
  readonly stored: readonly DeclaredObject[];
  /** Pods that were there once, as `namespace/name`. */
  readonly namesGone: readonly string[];
  /** Where IPAM goes on. */
  readonly ipam: IpamMemory;
}
