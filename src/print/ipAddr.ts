import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Link } from '../datamodel/network/link.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { InterfaceAddress } from '../datamodel/network/tables.ts';
import { familyOf, prefixContains } from '../wire/address.ts';
import { displayName, hardwareLine, linkLine, linkState } from './ipLink.ts';

/** What `ip addr` leaves out. */
export interface AddressFilter {
  readonly link?: (link: Link) => boolean;
  readonly address?: (address: InterfaceAddress) => boolean;
  /** Only links with addresses, as `ip -4 addr` has them, and without their MACs. */
  readonly inetOnly?: boolean;
}

/** What `ip addr` prints. A link's own lines refer to it by name, an address's lines to the address's entry. */
export function printIpAddr(netns: Netns, filter: AddressFilter = {}): readonly PrintedLine[] {
  return shownLinks(netns, filter).flatMap(({ link, addresses }) => [
    { text: linkLine(link, netns), entry: link.name },
    ...(filter.inetOnly ? [] : [{ text: hardwareLine(link), entry: link.name }]),
    ...addresses.flatMap((address) => addressLines(address, netns)),
  ]);
}

/** What `ip -br addr` prints: a line a link. */
export function printIpAddrBrief(netns: Netns, filter: AddressFilter = {}): readonly PrintedLine[] {
  return shownLinks(netns, filter).map(({ link, addresses }) => {
    const list = addresses.map(({ address, prefixLength }) => `${address}/${prefixLength} `).join('');
    const name = displayName(link).padEnd(16);
    return { text: `${name} ${linkState(link, netns).padEnd(14)} ${list}`, entry: link.name };
  });
}

function shownLinks(
  netns: Netns,
  filter: AddressFilter,
): readonly { readonly link: Link; readonly addresses: readonly InterfaceAddress[] }[] {
  const { link: shows = () => true, address: takes = () => true } = filter;
  return [...netns.links]
    .sort((a, b) => a.index - b.index)
    .filter(shows)
    .map((link) => ({
      link,
      addresses: netns.addresses.filter((address) => address.link === link.name && takes(address)),
    }))
    .filter(({ addresses }) => addresses.length > 0 || (!filter.inetOnly && filter.address === undefined));
}

function addressLines(address: InterfaceAddress, netns: Netns): readonly PrintedLine[] {
  const words = [
    `    ${familyOf(address.address) === 'IPv4' ? 'inet' : 'inet6'} ${address.address}/${address.prefixLength}`,
    ...(address.broadcast ? [`brd ${address.broadcast}`] : []),
    `scope ${address.scope}`,
    ...(isSecondary(address, netns) ? ['secondary'] : []),
    ...(familyOf(address.address) === 'IPv4' ? [address.link] : []),
  ];
  return [
    { text: words.join(' '), entry: address.id },
    { text: '       valid_lft forever preferred_lft forever', entry: address.id },
  ];
}

/** Another address of the same subnet came first. */
function isSecondary(address: InterfaceAddress, netns: Netns): boolean {
  if (address.prefixLength === 32) return false;
  const first = netns.addresses.find(
    (other) =>
      other.link === address.link &&
      other.prefixLength === address.prefixLength &&
      prefixContains({ address: other.address, length: other.prefixLength }, address.address),
  );
  return first !== undefined && first !== address;
}
