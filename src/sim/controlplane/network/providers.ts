import type { CniBackend } from '../../../datamodel/cluster/command.ts';
import type { NetworkConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import { configuredFlannel, FLANNEL } from './flannel/flannel.ts';
import type { NetworkProvider, OpenNetwork } from './provider.ts';

const providers = new Map<CniBackend, NetworkProvider>(FLANNEL);

/** To be called before the first cluster with a CNI that a page need not open on. */
export function installNetworks(more: Iterable<readonly [CniBackend, NetworkProvider]>): void {
  for (const [cni, provider] of more) providers.set(cni, provider);
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
  input: Omit<Parameters<NetworkProvider['open']>[0], 'cni'> & { readonly cni?: CniBackend | undefined },
): OpenNetwork & { readonly cni: CniBackend } {
  const cni = input.cni ?? configuredCni(input.objects.network);
  return { ...networkProvider(cni).open({ ...input, cni }), cni };
}
