import type { AddressBlock, AddressGroup, AddressSpace, AddressUse } from '../datamodel/cluster/addressSpace.ts';
import { addressesIn, formatPrefix } from '../wire/address.ts';

/** The address space as indented text: each range with what is cut from it, and under that who has which address. */
export function addressLines({ ranges }: AddressSpace): readonly string[] {
  return ranges.flatMap((range) => blockLines(range, ''));
}

function blockLines(block: AddressBlock, indent: string): readonly string[] {
  const { prefix, name, node, next, blocks, uses, groups } = block;
  const said = [
    `${indent}${name} ${formatPrefix(prefix)}`,
    ...(node === undefined ? [] : [` of ${node}`]),
    `: ${usedIn(block)} of ${addressesIn(prefix)} in use`,
    ...(next === undefined ? [] : [`, next ${next}`]),
  ];
  const inner = `${indent}  `;
  if (groups) {
    const grouped = new Set(groups.flatMap(heldBy));
    const apart = uses.filter((use) => !grouped.has(use));
    return [said.join(''), ...linesOf(apart, inner), ...groups.flatMap((group) => groupLines(group, inner))];
  }
  return [said.join(''), ...linesOf(uses, inner), ...blocks.flatMap((each) => blockLines(each, inner))];
}

/** A node's interfaces, each with its addresses and prefixes. */
function groupLines({ name, groups, blocks, uses }: AddressGroup, indent: string): readonly string[] {
  const inner = `${indent}  `;
  return [
    `${indent}${name}`,
    ...linesOf(uses, inner),
    ...blocks.flatMap((block) => blockLines(block, inner)),
    ...groups.flatMap((group) => groupLines(group, inner)),
  ];
}

function heldBy({ groups, uses }: AddressGroup): readonly AddressUse[] {
  return [...uses, ...groups.flatMap(heldBy)];
}

function linesOf(uses: readonly AddressUse[], indent: string): readonly string[] {
  const width = Math.max(0, ...uses.map(({ address }) => address.length));
  return uses.map((use) => `${indent}${use.address.padEnd(width)}  ${useText(use)}`);
}

function useText({ state, owner, node, borrowed, restsFor }: AddressUse): string {
  const where = node === undefined ? '' : ` on ${node}`;
  const rest = restsFor === undefined ? '' : `, ${Math.ceil(restsFor)} s to go`;
  return `${state.padEnd(7)}  ${owner}${where}${borrowed ? ', borrowed' : ''}${rest}`;
}

/** Addresses that are not free, in the blocks inside, too. */
function usedIn({ blocks, uses }: AddressBlock): number {
  return uses.length + blocks.reduce((sum, block) => sum + usedIn(block), 0);
}
