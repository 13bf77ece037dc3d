import type { Catalogue } from '../../../../datamodel/network/nftables.ts';

/** A catalogue of what is there already. */
export function catalogue<T>(entries: ReadonlyMap<string, T>): Catalogue<T> {
  return { get: (name) => entries.get(name), values: () => entries.values() };
}

export function byName<T extends { readonly name: string }>(things: readonly T[]): ReadonlyMap<string, T> {
  return new Map(things.map((thing) => [thing.name, thing]));
}
