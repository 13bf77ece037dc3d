import { AWS_VPC } from './controlplane/network/aws/awsVpc.ts';
import { CALICO } from './controlplane/network/calico/calico.ts';
import { CILIUM } from './controlplane/network/cilium/cilium.ts';
import { installBackends } from './controlplane/network/flannel/backends.ts';
import { MORE_FLANNEL } from './controlplane/network/flannel/flannel.ts';
import { ipip } from './controlplane/network/flannel/ipip.ts';
import { flannelNftables } from './controlplane/network/flannel/nftables.ts';
import { installFlannelNftables } from './controlplane/network/flannel/trafficManager.ts';
import { wireguard } from './controlplane/network/flannel/wireguard.ts';
import { KUBENET } from './controlplane/network/kubenet/kubenet.ts';
import { openLayered } from './controlplane/network/layered.ts';
import { openListed } from './controlplane/network/lists/openListed.ts';
import { noNetwork } from './controlplane/network/none/none.ts';
import { installLayers, installLists, installNetworks } from './controlplane/network/providers.ts';
import { installEbpf } from './installEbpf.ts';
import { installTunnels } from './installTunnels.ts';
import { installMatches } from './linux/netfilter/installMatches.ts';

/** Brings the CNIs that a page need not open on, and what runs their tunnels. */
export function installAllNetworks(): void {
  installMatches();
  installTunnels();
  installBackends({ wireguard, ipip });
  installFlannelNftables(flannelNftables);
  installNetworks(MORE_FLANNEL);
  installNetworks(CALICO);
  installLayers(openLayered);
  installLists(openListed);
  installEbpf();
  installNetworks(CILIUM);
  installNetworks(AWS_VPC);
  installNetworks(KUBENET);
  installNetworks([['none', noNetwork]]);
}
