import { hostVethName, NOT_INITIALIZED } from '../../cni/sandbox.ts';
import { addressesBy, type IpamMemory } from '../../ipam/podAddresses.ts';
import { randomMac } from '../../randomMac.ts';
import type { NetworkInput, NetworkProvider, OpenNetwork } from '../provider.ts';

const NO_MEMORY: IpamMemory = { lastHandedOut: new Map() };

/**
 * No CNI was ever installed. kubelets report NetworkPluginNotReady, so that nodes are not ready; Pods of the nodes' own namespaces
 * run, all others that are bound to one wait in ContainerCreating, whatever address somebody wrote down for them.
 */
export const noNetwork: NetworkProvider = { addressing: 'none', missing: true, open };

function open({ objects, seed }: NetworkInput): OpenNetwork {
  const { nodes, pods, network } = objects;
  const waiting = pods.map((pod) => (pod.hostNetwork ? pod : { ...pod, podIps: [] }));
  return {
    addresses: addressesBy(nodes, waiting, () => ({ ok: false, message: NOT_INITIALIZED })),
    memory: NO_MEMORY,
    podRanges: [network.podCidr],
    firstVethIndex: 3,
    hostVeth: (pod, attempt) => ({
      name: hostVethName(pod, attempt),
      mac: randomMac(seed, 'host veth', pod.metadata.name),
    }),
    start: ({ nicMtu }) => ({
      podMtu: nicMtu,
      warnings: [
        'There is no CNI: nodes are NotReady (container runtime network not ready: NetworkReady=false ' +
          'reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized).',
      ],
      tunnelDevice: undefined,
      devices: () => [],
      rules: () => [],
      pod: () => ({}),
    }),
  };
}
