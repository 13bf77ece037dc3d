import { gracefulTermination } from './controlplane/kubeproxy/ipvs/gracefulTermination.ts';
import { ipvsProxier } from './controlplane/kubeproxy/ipvs/ipvsProxier.ts';
import { installProxyMode } from './controlplane/kubeproxy/kubeProxy.ts';
import { nftablesProxier } from './controlplane/kubeproxy/nftables/nftablesProxier.ts';
import { installEbpf } from './installEbpf.ts';
import { installSctp } from './installSctp.ts';
import { ipvsHooks } from './linux/ipvs/hooks.ts';
import { loadModule } from './linux/netfilter/hooks.ts';
import { installMatches } from './linux/netfilter/installMatches.ts';
import { nftHooks } from './linux/netfilter/nft/nftHooks.ts';

/** Brings everything that Services can be compiled to beside iptables' rules, and what runs it; a page opens without. */
export function installModes(): void {
  installMatches();
  installProxyMode('nftables', nftablesProxier);
  installProxyMode('ipvs', ipvsProxier, gracefulTermination);
  loadModule('nf_tables', nftHooks);
  loadModule('ip_vs', ipvsHooks);
  installEbpf();
  installSctp();
}
