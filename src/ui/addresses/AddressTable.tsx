import type { AddressBlock } from '../../datamodel/cluster/addressSpace.ts';
import { describeUse, number, STATE_NAMES } from '../../scene/addresses/describe.ts';
import { groupUses, usesIn } from '../../scene/addresses/within.ts';
import { formatPrefix, type IpPrefix } from '../../wire/address.ts';
import { AddressGroups } from './AddressGroups.tsx';
import { BlockRow, UseRow } from './AddressRows.tsx';

/** More rows at once are of no use to anybody; the filter finds the rest. */
const MOST_ROWS = 200;

export interface AddressTableProps {
  readonly range: AddressBlock;
  readonly filter: string;
  readonly onZoom: (prefix: IpPrefix) => void;
}

/** What the map shows, in words: what is cut from the range, and who has which address. */
export function AddressTable({ range, filter, onZoom }: AddressTableProps) {
  const wanted = filter.trim().toLowerCase();
  // what belongs to somebody stands with its owner
  const groups = wanted === '' ? (range.groups ?? []) : [];
  const grouped = new Set(groups.flatMap(groupUses));
  const blocks = groups.length > 0 ? [] : range.blocks.filter((block) => isMeant(wanted, block));
  const all = wanted === '' ? range.uses.filter((use) => !grouped.has(use)) : usesIn(range);
  const uses = all.filter((use) => matches(wanted, use.address, describeUse(use), STATE_NAMES[use.state]));
  const shown = uses.slice(0, MOST_ROWS);
  const shownBlocks = blocks.slice(0, MOST_ROWS);
  const more = uses.length - shown.length + blocks.length - shownBlocks.length;
  if (blocks.length + uses.length + groups.length === 0) {
    return (
      <p className="empty">
        {wanted === '' ? 'All of these addresses are free.' : 'Nothing in this range has that in its name.'}
      </p>
    );
  }
  return (
    <>
      <table className="address-table" aria-label={`What is in ${formatPrefix(range.prefix)}`}>
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col">Who has it</th>
          </tr>
        </thead>
        <tbody>
          {shownBlocks.map((block) => (
            <BlockRow key={formatPrefix(block.prefix)} block={block} onZoom={onZoom} />
          ))}
          {shown.map((use) => (
            <UseRow key={use.address} use={use} onZoom={onZoom} />
          ))}
        </tbody>
        <AddressGroups groups={groups} onZoom={onZoom} />
      </table>
      {more > 0 && <p className="empty">and {number(more)} more</p>}
    </>
  );
}

function isMeant(wanted: string, { prefix, name, node }: AddressBlock): boolean {
  return matches(wanted, formatPrefix(prefix), name, node);
}

function matches(wanted: string, ...texts: readonly (string | undefined)[]): boolean {
  return wanted === '' || texts.some((text) => text?.toLowerCase().includes(wanted));
}
