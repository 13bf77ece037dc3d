import type { ClusterSettings } from '../datamodel/cluster/command.ts';

/** Settings that agents take up when they are started again, while Pods and connections live on. */
export const TAKEN_UP_LIVE: ReadonlySet<keyof ClusterSettings> = new Set([
  'proxyMode',
  'ebpf',
  'leaveOldRules',
  'randomFully',
]);
