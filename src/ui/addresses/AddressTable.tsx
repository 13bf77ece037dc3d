import type { AddressBlock, AddressUse } from '../../datamodel/cluster/addressSpace.ts';
import { describeUse, number, STATE_NAMES } from '../../scene/addresses/describe.ts';
import { usesIn } from '../../scene/addresses/within.ts';
import { addressesIn, formatPrefix, hostPrefix, type IpPrefix } from '../../wire/address.ts';

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
  const blocks = range.blocks.filter((block) => matches(wanted, formatPrefix(block.prefix), block.name, block.node));
  const all = wanted === '' ? range.uses : usesIn(range);
  const uses = all.filter((use) => matches(wanted, use.address, describeUse(use), STATE_NAMES[use.state]));
  const shown = uses.slice(0, MOST_ROWS);
  const shownBlocks = blocks.slice(0, MOST_ROWS);
  const more = uses.length - shown.length + blocks.length - shownBlocks.length;
  if (blocks.length + uses.length === 0) {
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
      </table>
      {more > 0 && <p className="empty">and {number(more)} more</p>}
    </>
  );
}

function BlockRow({ block, onZoom }: { readonly block: AddressBlock; readonly onZoom: (prefix: IpPrefix) => void }) {
  const { prefix, name, node, next } = block;
  const text = formatPrefix(prefix);
  return (
    <tr>
      <th scope="row">
        <button type="button" className="address-open mono" onClick={() => onZoom(prefix)}>
          {text}
        </button>
      </th>
      <td>
        <span>
          {name}
          {node !== undefined && (
            <>
              {' of '}
              <b>{node}</b>
            </>
          )}
        </span>
        <small>
          {number(usesIn(block).length)} of {number(addressesIn(prefix))} in use
          {next !== undefined && `, next ${next}`}
        </small>
      </td>
    </tr>
  );
}

function UseRow({ use, onZoom }: { readonly use: AddressUse; readonly onZoom: (prefix: IpPrefix) => void }) {
  return (
    <tr>
      <th scope="row">
        <button type="button" className="address-open mono" onClick={() => onZoom(hostPrefix(use.address))}>
          {use.address}
        </button>
      </th>
      <td data-marked>
        <span className="address-state" data-state={use.state} aria-hidden="true" />
        {describeUse(use)}
      </td>
    </tr>
  );
}

function matches(wanted: string, ...texts: readonly (string | undefined)[]): boolean {
  return wanted === '' || texts.some((text) => text?.toLowerCase().includes(wanted));
}
