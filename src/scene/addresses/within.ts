import type { AddressBlock, AddressGroup, AddressUse } from '../../datamodel/cluster/addressSpace.ts';
import { formatPrefix, type IpPrefix, prefixContains } from '../../wire/address.ts';

/** The part of a range that lies in a prefix: what the block says that encloses it, and what of it is inside. */
export function within(range: AddressBlock, prefix: IpPrefix): AddressBlock {
  const enclosing = range.blocks.find((block) => encloses(block.prefix, prefix));
  if (enclosing) return within(enclosing, prefix);
  if (formatPrefix(range.prefix) === formatPrefix(prefix)) return range;
  const { next, groups, ...rest } = range;
  return {
    ...rest,
    prefix,
    blocks: range.blocks.filter((block) => encloses(prefix, block.prefix)),
    uses: range.uses.filter(({ address }) => prefixContains(prefix, address)),
    ...(next !== undefined && prefixContains(prefix, next) && { next }),
    ...(groups && { groups: groups.flatMap((group) => groupWithin(group, prefix)) }),
  };
}

/** @returns nothing of a group that has nothing there. */
function groupWithin({ name, groups, blocks, uses }: AddressGroup, prefix: IpPrefix): readonly AddressGroup[] {
  const inside: AddressGroup = {
    name,
    groups: groups.flatMap((group) => groupWithin(group, prefix)),
    blocks: blocks.filter((block) => encloses(prefix, block.prefix)),
    uses: uses.filter(({ address }) => prefixContains(prefix, address)),
  };
  return inside.groups.length + inside.blocks.length + inside.uses.length === 0 ? [] : [inside];
}

/** All of a group's addresses that are not free, in its prefixes and groups, too. */
export function groupUses({ groups, blocks, uses }: AddressGroup): readonly AddressUse[] {
  return [...uses, ...blocks.flatMap(usesIn), ...groups.flatMap(groupUses)];
}

/** All that is not free in a range, in its blocks, too; ascending. */
export function usesIn({ blocks, uses }: AddressBlock): readonly AddressUse[] {
  return blocks.length === 0 ? uses : [...uses, ...blocks.flatMap(usesIn)];
}

function encloses(outer: IpPrefix, inner: IpPrefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.address);
}
