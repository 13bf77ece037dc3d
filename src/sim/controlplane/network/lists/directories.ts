import type { NetworkConfig } from '../../../../datamodel/kubernetes/networkConfig.ts';
import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { type ConfDirectory, loadedList } from '../../cni/confDirectory.ts';
import { LIST_NAME, networkListText } from '../../cni/networkListFile.ts';
import { DEBIAN_RELEASE } from '../../cni/spec/release.ts';
import { AS_WRITTEN, type FileOverlay, type NetworkLists, overlayOf } from './networkLists.ts';

/** /etc/cni/net.d with what people did to it. */
export function directoryWith(
  network: NetworkConfig,
  overlay: FileOverlay,
  podMtu: number | 'auto' = 'auto',
): ConfDirectory {
  const directory = new Map([[LIST_NAME, networkListText({ network }, podMtu)]]);
  for (const [name, text] of overlay) {
    if (text === null) directory.delete(name);
    else directory.set(name, text);
  }
  return directory;
}

/** The directory that a Pod was made by, or is being tried with. */
export function directoryOf(
  network: NetworkConfig,
  lists: NetworkLists | undefined,
  pod: Pod,
  podMtu: number | 'auto' = 'auto',
): ConfDirectory {
  return directoryWith(network, overlayOf(lists, pod), podMtu);
}

/** Whether a Pod is made by another list than the one that is compiled. */
export function isListed({ flannel }: NetworkConfig, lists: NetworkLists | undefined, pod: Pod): boolean {
  return flannel.cni.unusual === true || overlayOf(lists, pod).size > 0;
}

/** Why a node's runtime has no network, in containerd's words; undefined: it has one. */
export function listProblem(network: NetworkConfig, lists: NetworkLists | undefined, node: string): string | undefined {
  const overlay = lists?.now.get(node) ?? AS_WRITTEN;
  if (overlay.size === 0 && network.flannel.cni.unusual !== true) return undefined;
  const list = loadedList(directoryWith(network, overlay), DEBIAN_RELEASE);
  return list.ok ? undefined : list.error;
}
