import type { AddressBlock, AddressSpace, AddressUse } from '../datamodel/cluster/addressSpace.ts';
import { addressesIn, formatPrefix } from '../wire/address.ts';

/** The address space as indented text: each range with what is cut from it, and under that who has which address. */
export function addressLines({ ranges }: AddressSpace): readonly string[] {
  return ranges.flatMap((range) => blockLines(range, ''));
}

function blockLines(block: AddressBlock, indent: string): readonly string[] {
  const { prefix, name, node, next, blocks, uses } = block;
  const said = [
    `${indent}${name} ${formatPrefix(prefix)}`,
    ...(node === undefined ? [] : [` of ${node}`]),
    `: ${usedIn(block)} of ${addressesIn(prefix)} in use`,
    ...(next === undefined ? [] : [`, next ${next}`]),
  ];
  const inner = `${indent}  `;
  const width = Math.max(0, ...uses.map(({ address }) => address.length));
  return [
    said.join(''),
    ...uses.map((use) => `${inner}${use.address.padEnd(width)}  ${useText(use)}`),
    ...blocks.flatMap((each) => blockLines(each, inner)),
  ];
}

function useText({ state, owner, node, borrowed }: AddressUse): string {
  const where = node === undefined ? '' : ` on ${node}`;
  return `${state.padEnd(7)}  ${owner}${where}${borrowed ? ', borrowed' : ''}`;
}

/** Addresses that are not free, in the blocks inside, too. */
function usedIn({ blocks, uses }: AddressBlock): number {
  return uses.length + blocks.reduce((sum, block) => sum + usedIn(block), 0);
}
