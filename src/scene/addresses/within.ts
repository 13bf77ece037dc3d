import type { AddressBlock, AddressUse } from '../../datamodel/cluster/addressSpace.ts';
import { formatPrefix, type IpPrefix, prefixContains } from '../../wire/address.ts';

/** The part of a range that lies in a prefix: what the block says that encloses it, and what of it is inside. */
export function within(range: AddressBlock, prefix: IpPrefix): AddressBlock {
  const enclosing = range.blocks.find((block) => encloses(block.prefix, prefix));
  if (enclosing) return within(enclosing, prefix);
  if (formatPrefix(range.prefix) === formatPrefix(prefix)) return range;
  const { next, ...rest } = range;
  return {
    ...rest,
    prefix,
    blocks: range.blocks.filter((block) => encloses(prefix, block.prefix)),
    uses: range.uses.filter(({ address }) => prefixContains(prefix, address)),
    ...(next !== undefined && prefixContains(prefix, next) && { next }),
  };
}

/** All that is not free in a range, in its blocks, too; ascending. */
export function usesIn({ blocks, uses }: AddressBlock): readonly AddressUse[] {
  return blocks.length === 0 ? uses : [...uses, ...blocks.flatMap(usesIn)];
}

function encloses(outer: IpPrefix, inner: IpPrefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.address);
}
