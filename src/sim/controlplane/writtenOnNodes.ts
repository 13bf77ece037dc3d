import type { IpamMemory } from './ipam/podAddresses.ts';
import type { NetworkLists } from './network/lists/networkLists.ts';

/** What is written on nodes' disks that the cluster's objects do not say. */
export interface WrittenOnNodes {
  readonly memory?: IpamMemory | undefined;
  /** Network configuration lists that people wrote. */
  readonly lists?: NetworkLists | undefined;
}
