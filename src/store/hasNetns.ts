import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';

/** Whether a namespace is a node's, a Pod's or an outside host's. */
export function hasNetns(view: ClusterView, netns: NetnsId): boolean {
  return [view.nodes, view.pods, view.outside, view.underlay.routers].some((group) =>
    group.some((each) => each.netns === netns),
  );
}
