import type { ProxyMode } from '../../../datamodel/cluster/command.ts';
import type { NetnsParts } from '../netnsParts.ts';
import type { Proxier } from './proxier.ts';

/** What kube-proxy writes on a node, and in which mode. */
export interface WrittenProxy {
  readonly mode: ProxyMode;
  readonly write: Proxier;
}

/** What came before the proxy that the settings ask for, by the names of nodes. Immutable. */
export interface ProxyHistory {
  /** What kube-proxy had written when it was stopped: in force until it is started again. */
  readonly stopped: ReadonlyMap<string, WrittenProxy>;
  /** What it wrote in modes that it does not run in any more and nobody cleaned up, the oldest first. */
  readonly left: ReadonlyMap<string, readonly WrittenProxy[]>;
}

export const NO_HISTORY: ProxyHistory = { stopped: new Map(), left: new Map() };

/**
 * kube-proxy begins in another mode on a node. What the former one wrote is cleaned up, as `kube-proxy --cleanup` does, or
 * stays; a mode that comes back writes its own anew.
 *
 * @param former what is in force there.
 */
export function begun(
  history: ProxyHistory,
  node: string,
  former: WrittenProxy,
  mode: ProxyMode,
  leaves: boolean,
): ProxyHistory {
  if (former.mode === mode) return history;
  const left = new Map(history.left);
  const earlier = (left.get(node) ?? []).filter((each) => each.mode !== mode && each.mode !== former.mode);
  if (leaves) left.set(node, [...earlier, former]);
  else left.delete(node);
  return { ...history, left };
}

/** What stays of a proxy that is gone: all that it told the kernel, and nothing that it did itself. */
export function leftBehind({ write }: WrittenProxy): Proxier {
  return (node, localAddresses): NetnsParts => {
    const { listeners: _, ...parts } = write(node, localAddresses);
    return parts;
  };
}
