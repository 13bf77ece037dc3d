import type { NftSet, NftTable } from '../../../../datamodel/network/nftables.ts';

/** A dynamic set's name among the lists of remembered addresses. */
export function dynamicList({ family, name }: NftTable, set: NftSet): string {
  return `${family} ${name} ${set.name}`;
}
