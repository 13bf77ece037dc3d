import type { AddressBlock, AddressUse } from '../../datamodel/cluster/addressSpace.ts';
import {
  addressAt,
  addressBits,
  addressesIn,
  addressToBigint,
  familyOf,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
} from '../../wire/address.ts';
import { usesIn } from './within.ts';

/** A cell of the map: one address, or all those of a prefix. */
export interface Cell {
  readonly prefix: IpPrefix;
  readonly size: bigint;
  /** Addresses in it that are not free. */
  readonly used: number;
  /** The one who has it, if it is a single address. */
  readonly use?: AddressUse;
  /** What is cut from the range just there. */
  readonly block?: AddressBlock;
  /** The cell holds only a part of a block that is larger, or blocks that are smaller. */
  readonly nodes: readonly string[];
  /** IPAM looks here next. */
  readonly next: boolean;
}

/** Cells at most: sixteen rows of sixteen. */
const BITS = 8;

/** How long the prefixes of a range's cells are: as long as what is cut from it, if those are not too many, else 256 cells. */
export function cellLength({ prefix, blocks }: AddressBlock): number {
  const cut = Math.min(...blocks.map((block) => block.prefix.length));
  const coarse = Math.min(addressBits(familyOf(prefix.address)), prefix.length + BITS);
  return cut > prefix.length && cut < coarse ? cut : coarse;
}

/** A range cut into cells of one size, in order: the way that its picture takes through it, row by row. */
export function cellsOf(range: AddressBlock): readonly Cell[] {
  const length = cellLength(range);
  const hostBits = BigInt(addressBits(familyOf(range.prefix.address)) - length);
  const base = addressToBigint(range.prefix.address);
  const indexOf = (address: IpAddress): number => Number((addressToBigint(address) - base) >> hostBits);
  const uses = new Map<number, AddressUse[]>();
  for (const use of usesIn(range)) {
    const index = indexOf(use.address);
    uses.set(index, [...(uses.get(index) ?? []), use]);
  }
  const blocks = new Map<number, AddressBlock[]>();
  for (const block of range.blocks) {
    const index = indexOf(block.prefix.address);
    blocks.set(index, [...(blocks.get(index) ?? []), block]);
  }
  const next = range.next === undefined ? undefined : indexOf(range.next);
  return Array.from({ length: 2 ** (length - range.prefix.length) }, (_, index): Cell => {
    const prefix = { address: addressAt(range.prefix, BigInt(index) << hostBits), length };
    const inside = uses.get(index) ?? [];
    const cut = blocks.get(index) ?? [];
    const exact = cut.find((block) => formatPrefix(block.prefix) === formatPrefix(prefix));
    const [first] = inside;
    return {
      prefix,
      size: addressesIn(prefix),
      used: inside.length,
      nodes: [...new Set(cut.flatMap(({ node }) => node ?? []))],
      next: index === next,
      ...(hostBits === 0n && first && { use: first }),
      ...(exact && { block: exact }),
    };
  });
}
