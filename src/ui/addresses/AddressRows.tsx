import type { AddressBlock, AddressUse } from '../../datamodel/cluster/addressSpace.ts';
import { describeUse, number } from '../../scene/addresses/describe.ts';
import { usesIn } from '../../scene/addresses/within.ts';
import { addressesIn, formatPrefix, hostPrefix, type IpPrefix } from '../../wire/address.ts';

/** A range that is cut from another, and how much of it is in use. */
export function BlockRow({
  block,
  onZoom,
}: {
  readonly block: AddressBlock;
  readonly onZoom: (prefix: IpPrefix) => void;
}) {
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

/** An address, and who has it. */
export function UseRow({ use, onZoom }: { readonly use: AddressUse; readonly onZoom: (prefix: IpPrefix) => void }) {
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
