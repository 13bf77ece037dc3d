import { chance } from '../../../base/chance.ts';
import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import { sha256Hex } from '../digest.ts';

/** CNI_CONTAINERID: 64 hex digits that the runtime draws at random, here made of the Pod's identity. */
export function sandboxId(pod: Pod): string {
  const { namespace, name, uid } = pod.metadata;
  return sha256Hex(`sandbox ${namespace}/${name} ${uid}`);
}

/** kubelet's event about a Pod of a node whose runtime has no network configuration that it could load. */
export const NOT_INITIALIZED =
  'NetworkNotReady: network is not ready: container runtime network not ready: NetworkReady=false ' +
  'reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

/** kubelet's event about a sandbox that could not be made, around containerd's words, around libcni's. */
export function failedSandbox(sandbox: string, error: string): string {
  return (
    'FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for ' +
    `sandbox "${sandbox}": ${error}`
  );
}

/**
 * Name of the node's end of a Pod's veth: `veth` and eight hex digits, which the bridge plugin draws at random.
 *
 * @param attempt counts up when the name before was taken on that node.
 */
export function hostVethName(pod: Pod, attempt = 0): string {
  const { namespace, name } = pod.metadata;
  return `veth${chance(attempt, 'veth', namespace, name).toString(16).padStart(8, '0')}`;
}
