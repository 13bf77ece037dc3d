import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { Link } from '../datamodel/network/link.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import type { InterfaceAddress } from '../datamodel/network/tables.ts';
import { familyOf } from '../wire/address.ts';

/** What `ip addr` prints. A link's own lines refer to it by name, an address's lines to the address's entry. */
export function printIpAddr(netns: Netns): readonly PrintedLine[] {
  return [...netns.links]
    .sort((a, b) => a.index - b.index)
    .flatMap((link) => [
      { text: linkLine(link, netns), entry: link.name },
      { text: hardwareLine(link), entry: link.name },
      ...netns.addresses.filter((address) => address.link === link.name).flatMap(addressLines),
    ]);
}

function linkLine(link: Link, netns: Netns): string {
  return [
    `${link.index}: ${displayName(link)}: <${flags(link, netns).join(',')}>`,
    `mtu ${link.mtu}`,
    `qdisc ${!link.up ? 'noop' : link.kind === 'physical' ? 'fq_codel' : 'noqueue'}`,
    ...(link.port ? [`master ${link.port.bridge}`] : []),
    `state ${state(link, netns)}`,
    'group default',
    // CNI's veths are made with a queue length of 0, which ip does not mention.
    ...(link.kind === 'veth' ? [] : ['qlen 1000']),
  ].join(' ');
}

function displayName(link: Link): string {
  return link.kind === 'veth' && link.peer.index !== undefined ? `${link.name}@if${link.peer.index}` : link.name;
}

function flags(link: Link, netns: Netns): readonly string[] {
  if (link.kind === 'loopback') return link.up ? ['LOOPBACK', 'UP', 'LOWER_UP'] : ['LOOPBACK'];
  if (!link.up) return ['BROADCAST', 'MULTICAST'];
  return carrier(link, netns)
    ? ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP']
    : ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'];
}

/** A bridge has a carrier while one of its ports does. */
function carrier(link: Link, netns: Netns): boolean {
  return link.kind !== 'bridge' || netns.links.some((port) => port.port?.bridge === link.name && port.up);
}

function state(link: Link, netns: Netns): string {
  if (!link.up) return 'DOWN';
  // These two never say whether they work.
  if (link.kind === 'loopback' || link.kind === 'vxlan') return 'UNKNOWN';
  return carrier(link, netns) ? 'UP' : 'DOWN';
}

function hardwareLine(link: Link): string {
  if (link.kind === 'loopback') return `    link/loopback ${link.mac} brd 00:00:00:00:00:00`;
  return `    link/ether ${link.mac} brd ff:ff:ff:ff:ff:ff${link.kind === 'veth' ? ' link-netnsid 0' : ''}`;
}

function addressLines(address: InterfaceAddress): readonly PrintedLine[] {
  const words = [
    `    ${familyOf(address.address) === 'IPv4' ? 'inet' : 'inet6'} ${address.address}/${address.prefixLength}`,
    ...(address.broadcast ? [`brd ${address.broadcast}`] : []),
    `scope ${address.scope}`,
    ...(familyOf(address.address) === 'IPv4' ? [address.link] : []),
  ];
  return [
    { text: words.join(' '), entry: address.id },
    { text: '       valid_lft forever preferred_lft forever', entry: address.id },
  ];
}
