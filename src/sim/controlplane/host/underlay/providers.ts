import { keptWith } from '../../../../base/kept.ts';
import type { UnderlayName } from '../../../../datamodel/cluster/underlay.ts';
import type { ClusterObjects } from '../../../../datamodel/kubernetes/clusterObjects.ts';
import { l2 } from './l2.ts';
import type { Placement, UnderlayProvider } from './provider.ts';

const providers = new Map<string, UnderlayProvider>([['l2', l2]]);

export const DEFAULT_UNDERLAY: UnderlayName = 'l2';

/** To be called before the first cluster on an underlay that a page need not open on. */
export function installUnderlays(more: Iterable<readonly [UnderlayName, UnderlayProvider]>): void {
  for (const [name, provider] of more) providers.set(name, provider);
}

/** The underlays that can be built with now. */
export function installedUnderlays(): readonly string[] {
  return [...providers.keys()];
}

/** @throws Error when it has not been loaded. */
export function underlayProvider(name: UnderlayName = DEFAULT_UNDERLAY): UnderlayProvider {
  const provider = providers.get(name);
  if (!provider) throw new Error(`There is no underlay ${name} before that has been loaded`);
  return provider;
}

const placements = keptWith((_: ClusterObjects) => new Map<string, Placement>());
const NO_GROUPS = new Map<string, number>();

/** The objects as they are on an underlay: nodes may have other addresses there. The same for the same objects. */
export function placed(objects: ClusterObjects, name: UnderlayName = DEFAULT_UNDERLAY): Placement {
  const known = placements(objects).get(name);
  if (known) return known;
  const placement = underlayProvider(name).place?.(objects) ?? { objects, groups: NO_GROUPS };
  placements(objects).set(name, placement);
  return placement;
}
