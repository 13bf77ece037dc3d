import { cloudVpc } from './controlplane/host/underlay/cloudVpc.ts';
import { filtered } from './controlplane/host/underlay/filtered.ts';
import { leafSpine } from './controlplane/host/underlay/leafSpine.ts';
import { installUnderlays } from './controlplane/host/underlay/providers.ts';
import { twoSubnets } from './controlplane/host/underlay/twoSubnets.ts';

/** Brings the underlays that a page need not open on. */
export function installAllUnderlays(): void {
  installUnderlays([
    ['two-subnets', twoSubnets],
    ['leaf-spine', leafSpine],
    ['cloud-vpc', cloudVpc],
    ['filtered', filtered],
  ]);
}
