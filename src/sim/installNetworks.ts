import { CALICO } from './controlplane/network/calico/calico.ts';
import { installNetworks } from './controlplane/network/providers.ts';

/** Brings the CNIs that a page need not open on. */
export function installAllNetworks(): void {
  installNetworks(CALICO);
}
