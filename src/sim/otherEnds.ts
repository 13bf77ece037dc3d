import type { Edit } from '../datamodel/network/edit.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { NetnsId } from '../datamodel/network/netnsId.ts';

/** What edits do in other namespaces: a veth that is deleted takes its other end with it. */
export function otherEnds(netns: Netns, edits: readonly Edit[]): readonly (readonly [NetnsId, readonly Edit[]])[] {
  return edits.flatMap((edit) => {
    if (edit.type !== 'linkDelete') return [];
    const link = netns.links.find((each) => each.name === edit.dev);
    if (link?.kind !== 'veth' || link.peer.netns === netns.id) return [];
    return [[link.peer.netns, [{ type: 'linkDelete', dev: link.peer.link }]] as const];
  });
}
