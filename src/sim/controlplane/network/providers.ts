import type { CniBackend } from '../../../datamodel/cluster/command.ts';
import type { NetworkConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import { configuredFlannel, FLANNEL } from './flannel/flannel.ts';
import type { OpenLayered } from './layered.ts';
import type { NetworkLists } from './lists/networkLists.ts';
import type { NetworkHistory } from './networkHistory.ts';
import type { NetworkInput, NetworkProvider, OpenListed, OpenNetwork } from './provider.ts';

const providers = new Map<CniBackend, NetworkProvider>(FLANNEL);

/** To be called before the first cluster with a CNI that a page need not open on. */
export function installNetworks(more: Iterable<readonly [CniBackend, NetworkProvider]>): void {
  for (const [cni, provider] of more) providers.set(cni, provider);
}

let layered: OpenLayered = () => {
  throw new Error('Networks cannot be put over others before that has been loaded');
};

/** To be called before the first cluster whose CNI is changed under its Pods. */
export function installLayers(open: OpenLayered): void {
  layered = open;
}

let listed: OpenListed = () => {
  throw new Error('Pods cannot be made by lists that people wrote before that has been loaded');
};

/** To be called before the first cluster with a network configuration list that is not compiled. */
export function installLists(open: OpenListed): void {
  listed = open;
}

/** The backends that can be built with now. */
export function installedNetworks(): readonly CniBackend[] {
  return [...providers.keys()];
}

/** The provider of a backend. @throws Error when it has not been loaded. */
export function networkProvider(cni: CniBackend): NetworkProvider {
  const provider = providers.get(cni);
  if (!provider) throw new Error(`There is no network by ${cni} before that has been loaded`);
  return provider;
}

/** Whether a backend is that there is none: what the manifests set up always is one. */
export function isMissing(cni: CniBackend | undefined): boolean {
  return cni !== undefined && networkProvider(cni).missing === true;
}

/** The backend that the manifests set up. */
export function configuredCni(network: NetworkConfig): CniBackend {
  const { calico, cilium, awsVpc, flannel } = network;
  if (calico) return calico.backend;
  if (cilium) return `cilium-${cilium.tunnel ?? 'native'}`;
  return awsVpc ? 'aws-vpc' : configuredFlannel(flannel);
}

/** Hands out the addresses of a cluster's Pods, by the CNI that is wanted or else the manifests'. */
export function openNetwork(
  input: Omit<NetworkInput, 'cni'> & {
    readonly cni?: CniBackend | undefined;
    /** Networks that were put one over the other on the running cluster, the wanted one last. */
    readonly history?: NetworkHistory | undefined;
    /** Network configuration lists that people wrote on nodes. */
    readonly lists?: NetworkLists | undefined;
  },
): OpenNetwork & { readonly cni: CniBackend } {
  const cni = input.cni ?? configuredCni(input.objects.network);
  if (input.history) return { ...layered(input, input.history, networkProvider), cni };
  const { open, takesLists } = networkProvider(cni);
  const isListed = takesLists && (input.lists !== undefined || input.objects.network.flannel.cni.unusual);
  return { ...(isListed ? listed(open, { ...input, cni }, input.lists) : open({ ...input, cni })), cni };
}
