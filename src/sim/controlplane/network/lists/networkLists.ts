import type { Pod } from '../../../../datamodel/kubernetes/pod.ts';
import { podIdentity } from '../../ipam/podAddresses.ts';

/** Files of a node's /etc/cni/net.d that are not as the agent wrote them, by their names; null: deleted. */
export type FileOverlay = ReadonlyMap<string, string | null>;

export const AS_WRITTEN: FileOverlay = new Map();

/** Which files the runtimes of a running cluster's nodes go by, and went by when they made the Pods that there are. Immutable. */
export interface NetworkLists {
  /** By node; those that are missing have what the agent wrote. */
  readonly now: ReadonlyMap<string, FileOverlay>;
  /** By Pods that were there when a file was changed; all others are made by what their node has now. */
  readonly madeBy: ReadonlyMap<string, FileOverlay>;
  /** Nodes whose bridge the agent's list has made: it stays when its last Pod goes. */
  readonly bridged: ReadonlySet<string>;
}

const NONE: NetworkLists = { now: new Map(), madeBy: new Map(), bridged: new Set() };

/** The files that a Pod was made by, or is being tried with. */
export function overlayOf(lists: NetworkLists | undefined, pod: Pod): FileOverlay {
  return lists?.madeBy.get(podIdentity(pod)) ?? lists?.now.get(pod.nodeName ?? '') ?? AS_WRITTEN;
}

/**
 * Files are changed on nodes of a running cluster. Pods that have their network keep it; whoever waits for one is tried with the
 * new files.
 */
export function rewritten(
  lists: NetworkLists = NONE,
  wanted: ReadonlyMap<string, FileOverlay>,
  pods: readonly Pod[],
): NetworkLists {
  const now = new Map<string, FileOverlay>();
  for (const [node, overlay] of wanted) {
    const before = lists.now.get(node);
    if (overlay.size > 0) now.set(node, before && areSame(before, overlay) ? before : overlay);
  }
  const madeBy = new Map<string, FileOverlay>();
  const bridged = new Set(lists.bridged);
  for (const pod of pods) {
    if (pod.hostNetwork || pod.nodeName === undefined || pod.podIps.length === 0) continue;
    const overlay = overlayOf(lists, pod);
    if (overlay !== (now.get(pod.nodeName) ?? AS_WRITTEN)) madeBy.set(podIdentity(pod), overlay);
    if (overlay.size === 0) bridged.add(pod.nodeName);
  }
  return { now, madeBy, bridged };
}

function areSame(a: FileOverlay, b: FileOverlay): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
}
