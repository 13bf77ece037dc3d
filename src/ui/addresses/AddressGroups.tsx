import type { AddressGroup, AddressState } from '../../datamodel/cluster/addressSpace.ts';
import { number } from '../../scene/addresses/describe.ts';
import { groupUses } from '../../scene/addresses/within.ts';
import { formatPrefix, type IpPrefix } from '../../wire/address.ts';
import { BlockRow, UseRow } from './AddressRows.tsx';

/** Nodes shown at once; the map and the filter find the rest. */
const MOST_NODES = 20;

const COUNTED: readonly (readonly [AddressState, string])[] = [
  ['pod', 'with Pods'],
  ['warm', 'ready'],
  ['cooling', 'cooling down'],
];

export interface AddressGroupsProps {
  readonly groups: readonly AddressGroup[];
  readonly onZoom: (prefix: IpPrefix) => void;
}

/** Bodies of a table: each node's interfaces with their addresses and prefixes. */
export function AddressGroups({ groups, onZoom }: AddressGroupsProps) {
  const shown = groups.slice(0, MOST_NODES);
  return (
    <>
      {shown.flatMap((node) => [
        <tbody key={node.name} className="address-node">
          <HeadRow group={node} />
        </tbody>,
        ...node.groups.map((device) => (
          <tbody key={`${node.name}/${device.name}`} className="address-device">
            <HeadRow group={device} of={node.name} />
            {device.uses.map((use) => (
              <UseRow key={use.address} use={use} onZoom={onZoom} />
            ))}
            {device.blocks.map((block) => (
              <BlockRow key={formatPrefix(block.prefix)} block={block} onZoom={onZoom} />
            ))}
          </tbody>
        )),
      ])}
      {groups.length > shown.length && (
        <tbody>
          <tr>
            <td colSpan={2}>and {number(groups.length - shown.length)} nodes more</td>
          </tr>
        </tbody>
      )}
    </>
  );
}

function HeadRow({ group, of }: { readonly group: AddressGroup; readonly of?: string }) {
  const uses = groupUses(group);
  const counts = COUNTED.flatMap(([state, words]) => {
    const count = uses.filter((use) => use.state === state).length;
    return count > 0 ? [`${number(count)} ${words}`] : [];
  });
  return (
    <tr>
      <th scope="rowgroup" colSpan={2}>
        {group.name}
        {of !== undefined && <span className="address-owner"> of {of}</span>}
        <small>{counts.join(', ') || 'no addresses for Pods'}</small>
      </th>
    </tr>
  );
}
