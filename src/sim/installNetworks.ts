import { CALICO } from './controlplane/network/calico/calico.ts';
import { installBackends } from './controlplane/network/flannel/backends.ts';
import { MORE_FLANNEL } from './controlplane/network/flannel/flannel.ts';
import { ipip } from './controlplane/network/flannel/ipip.ts';
import { wireguard } from './controlplane/network/flannel/wireguard.ts';
import { installNetworks } from './controlplane/network/providers.ts';

/** Brings the CNIs that a page need not open on. */
export function installAllNetworks(): void {
  installBackends({ wireguard, ipip });
  installNetworks(MORE_FLANNEL);
  installNetworks(CALICO);
}
