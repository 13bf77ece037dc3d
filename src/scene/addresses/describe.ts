import type { AddressState, AddressUse } from '../../datamodel/cluster/addressSpace.ts';
import { formatPrefix } from '../../wire/address.ts';
import type { Cell } from './cells.ts';

/** What a state is called. */
export const STATE_NAMES: Readonly<Record<AddressState, string>> = {
  pod: 'Pod',
  service: 'Service',
  device: 'Device or host',
  warm: 'On an interface, ready for a Pod',
  kept: 'Never handed out',
  cooling: 'Cooling down',
};

/** Who has an address: `Pod default/web-0 on worker-01`. */
export function describeUse(use: AddressUse): string {
  const { state, owner, node, borrowed } = use;
  const kind = state === 'pod' || state === 'service' ? `${STATE_NAMES[state]} ` : '';
  const where = node === undefined ? '' : ` on ${node}`;
  return `${kind}${owner}${where}${borrowed ? ', borrowed from another node’s block' : ''}${fate(use)}`;
}

/** What is to be said of an address beside who has it. */
function fate({ state, owner, interface: device, restsFor }: AddressUse): string {
  switch (state) {
    case 'cooling':
      return `, given back, cooling down${restsFor === undefined ? '' : `, free again in ${Math.ceil(restsFor)} s`}`;
    case 'kept':
      return ', never handed out';
    case 'warm':
      return ', ready for a Pod';
    case 'device':
      return device === undefined ? '' : ', reserved: the interface’s own address';
    default:
      return device === undefined || device === owner ? '' : `, by ${device}`;
  }
}

/** A cell in words, as it is read out. */
export function describeCell({ prefix, size, used, use, block, nodes, next }: Cell): string {
  const goesOn = next ? ', next to be handed out' : '';
  if (size === 1n) return `${prefix.address}: ${use ? describeUse(use) : 'free'}${goesOn}`;
  const owner = block ? `, ${block.name}${block.node === undefined ? '' : ` of ${block.node}`}` : partOf(nodes);
  const count =
    used === 0 ? `all ${number(size)} addresses free` : `${number(used)} of ${number(size)} addresses in use`;
  return `${formatPrefix(prefix)}${owner}: ${count}${goesOn}`;
}

function partOf(nodes: readonly string[]): string {
  if (nodes.length === 0) return '';
  return nodes.length > 3 ? `, blocks of ${nodes.length} nodes` : `, blocks of ${nodes.join(', ')}`;
}

/** With thousands apart; what is too long to be read as a power of two. */
export function number(value: number | bigint): string {
  if (typeof value === 'bigint' && value >= 1n << 40n) return `2^${value.toString(2).length - 1}`;
  return value.toLocaleString('en-US');
}

/** What tells a cell from its neighbours: the part of its address that they do not share. */
export function shortLabel({ prefix }: Cell, within: number): string {
  const { address } = prefix;
  if (address.includes(':'))
    return (
      address
        .split(':')
        .filter((group) => group !== '')
        .at(-1) ?? '0'
    );
  const parts = address.split('.');
  const from = Math.min(3, Math.floor(within / 8));
  const upto = Math.max(from, Math.min(3, Math.ceil(prefix.length / 8) - 1));
  return parts.slice(from, upto + 1).join('.');
}
