import type { PodChain } from '../datamodel/cluster/podChain.ts';
import type { Pod } from '../datamodel/kubernetes/pod.ts';
import type { ClusterPlan } from './controlplane/clusterPlan.ts';
import { backendList } from './controlplane/cni/backends/backendList.ts';
import { CONF_DIR, type ConfDirectory, pickedFile } from './controlplane/cni/confDirectory.ts';
import { LIST_NAME } from './controlplane/cni/networkListFile.ts';
import { NOT_INITIALIZED } from './controlplane/cni/sandbox.ts';
import { directoryOf, directoryWith } from './controlplane/network/lists/directories.ts';
import { AS_WRITTEN } from './controlplane/network/lists/networkLists.ts';
import type { NodePlan } from './controlplane/nodePlan.ts';

/** The network configuration that a Pod was made by. */
export interface ChainFiles extends Pick<PodChain, 'files' | 'older'> {
  /** The files that there were, by name. */
  readonly made: ConfDirectory;
  /** The one of them that the runtime went by. */
  readonly picked: string;
  /** Where that is. */
  readonly path: string;
}

/** @returns undefined when nobody has told the node's runtime of any network. */
export function chainFiles(plan: ClusterPlan, node: NodePlan, pod: Pod): ChainFiles | undefined {
  if (plan.network.subnetEnv === undefined) {
    const list = backendList(plan, node);
    return list && { made: new Map([[list.name, list.text]]), picked: list.name, path: list.path };
  }
  const { network } = plan.objects;
  const { podMtu } = plan.settings;
  const made = directoryOf(network, plan.lists, pod, podMtu);
  const now = directoryWith(network, plan.lists?.now.get(node.node.metadata.name) ?? AS_WRITTEN, podMtu);
  const picked = pickedFile(made) ?? LIST_NAME;
  return {
    made,
    picked,
    path: `${CONF_DIR}/${picked}`,
    files: [...now].map(([name, text]) => ({ name, text })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(isOther(made, now) && { older: true as const }),
  };
}

/** The network configuration that a node's runtime goes by now; undefined: there is none. */
export function listOnNode(
  plan: ClusterPlan,
  node: NodePlan,
): { readonly path: string; readonly text: string } | undefined {
  if (plan.network.subnetEnv === undefined) return backendList(plan, node);
  const overlay = plan.lists?.now.get(node.node.metadata.name) ?? AS_WRITTEN;
  const directory = directoryWith(plan.objects.network, overlay, plan.settings.podMtu);
  const picked = pickedFile(directory);
  return picked === undefined ? undefined : { path: `${CONF_DIR}/${picked}`, text: directory.get(picked) ?? '' };
}

/** Why there are no calls. */
export function withoutList(cni: string): string {
  return cni === 'none'
    ? `${NOT_INITIALIZED}: there is no file in ${CONF_DIR}`
    : `Pods of this cluster get their network from ${cni}, whose plugins are not called here`;
}

function isOther(a: ConfDirectory, b: ConfDirectory): boolean {
  return a.size !== b.size || [...a].some(([name, text]) => b.get(name) !== text);
}
