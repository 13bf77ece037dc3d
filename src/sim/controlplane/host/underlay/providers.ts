import { keptWith } from '../../../../base/kept.ts';
import type { ClusterSettings } from '../../../../datamodel/cluster/command.ts';
import { UNDERLAYS, type UnderlayName } from '../../../../datamodel/cluster/underlay.ts';
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

/** RFC 791: every link carries 68 bytes; no Ethernet frame is longer than an IP packet can be. */
const LEAST_MTU = 68;
const MOST_MTU = 65_535;

/** Why a cluster cannot be built on what the settings name; undefined when it can. */
export function underlayProblem({
  underlay = DEFAULT_UNDERLAY,
  underlayOptions = {},
}: Partial<ClusterSettings>): string | undefined {
  if (!UNDERLAYS.includes(underlay)) return `There is no underlay "${underlay}": there are ${UNDERLAYS.join(', ')}`;
  const { mtu = LEAST_MTU } = underlayOptions;
  if (!(Number.isInteger(mtu) && mtu >= LEAST_MTU && mtu <= MOST_MTU))
    return `${mtu} is no MTU of a network card: expected ${LEAST_MTU} to ${MOST_MTU}`;
  return underlayProvider(underlay).problem?.(underlayOptions);
}
