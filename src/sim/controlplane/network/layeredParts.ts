import type { Link } from '../../../datamodel/network/link.ts';
import type { NetnsParts } from '../netnsParts.ts';

/**
 * What agents have left on a node, with what others wrote over it: an entry for the same is replaced (`ip route replace`),
 * everything else stays beside it.
 *
 * @param layers what each generation of agents writes, the oldest first.
 */
export function layeredParts(layers: readonly (readonly NetnsParts[])[]): readonly NetnsParts[] {
  const parts = layers.flat();
  if (layers.length < 2) return parts;
  const links = linksOf(parts.flatMap((part) => part.links ?? []));
  const stays = new Set<unknown>([
    ...lastOfEach(parts.flatMap((part) => part.addresses ?? [])),
    ...lastOfEach(parts.flatMap((part) => part.routes ?? [])),
    ...lastOfEach(parts.flatMap((part) => part.neighbors ?? [])),
    ...lastOfEach(parts.flatMap((part) => part.fdb ?? [])),
  ]);
  const stay = <T>(entries: readonly T[] = []): readonly T[] => entries.filter((entry) => stays.has(entry));
  return parts.map((part) => ({
    ...part,
    links: (part.links ?? []).flatMap((link) => links.get(link) ?? []),
    addresses: stay(part.addresses),
    routes: stay(part.routes),
    neighbors: stay(part.neighbors),
    fdb: stay(part.fdb),
  }));
}

function lastOfEach<T extends { readonly id: string }>(entries: readonly T[]): Iterable<T> {
  return new Map(entries.map((entry) => [entry.id, entry])).values();
}

/**
 * Which devices are there in the end, each with the number that it has. The bridge plugin takes the bridge that it finds as it
 * is; agents make their own devices anew.
 */
function linksOf(links: readonly Link[]): ReadonlyMap<Link, Link> {
  const byName = new Map<string, Link>();
  for (const link of links) if (link.kind !== 'bridge' || !byName.has(link.name)) byName.set(link.name, link);
  // veths have theirs already, which their other ends know
  const taken = new Set(links.flatMap(({ kind, index }) => (kind === 'veth' ? [index] : [])));
  const numbered = new Map<Link, Link>();
  for (const link of byName.values()) {
    const index = link.kind !== 'veth' && taken.has(link.index) ? Math.max(...taken) + 1 : link.index;
    taken.add(index);
    numbered.set(link, index === link.index ? link : { ...link, index });
  }
  return numbered;
}
