import type { ResolvedReference } from '../datamodel/cluster/answer.ts';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { IpAddress } from '../wire/address.ts';
import { readReference } from './reference.ts';

/** Reads what a person typed as a sender or a destination of a cluster's traffic. */
export function resolveReference(
  text: string,
  role: 'from' | 'to',
  view: ClusterView,
  isOutside: (address: IpAddress) => boolean,
): ResolvedReference {
  const read = readReference(text, view, isOutside);
  if (!read.ok) return { ok: false, message: read.error };
  const { label, netns, to, port } = read.value;
  if (role === 'from' && netns === undefined) {
    return { ok: false, message: `${label} cannot send: choose a Pod, a node or a host outside the cluster` };
  }
  return {
    ok: true,
    label,
    to,
    ...(netns !== undefined && { netns }),
    ...(port !== undefined && { port }),
  };
}
