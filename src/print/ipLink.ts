import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import { isTunnel, type Link } from '../datamodel/network/link.ts';
import type { Netns } from '../datamodel/network/netns.ts';

/** What `ip link` prints: two lines a link, which refer to it by name. */
export function printIpLink(netns: Netns, shows: (link: Link) => boolean = () => true): readonly PrintedLine[] {
  return inOrder(netns, shows).flatMap((link) => [
    { text: linkLine(link, netns, 'mode DEFAULT '), entry: link.name },
    { text: hardwareLine(link), entry: link.name },
  ]);
}

/** What `ip -br link` prints. */
export function printIpLinkBrief(netns: Netns, shows: (link: Link) => boolean = () => true): readonly PrintedLine[] {
  return inOrder(netns, shows).map((link) => {
    const state = linkState(link, netns).padEnd(14);
    const text = `${displayName(link).padEnd(16)} ${state} ${link.mac} <${flags(link, netns).join(',')}> `;
    return { text, entry: link.name };
  });
}

/** What `bridge link` prints: a bridge's ports. @param details with `-d`, the port's flags on a line of their own. */
export function printBridgeLink(
  netns: Netns,
  details: boolean,
  shows: (link: Link) => boolean = () => true,
): readonly PrintedLine[] {
  return inOrder(netns, (link) => link.port !== undefined && shows(link)).flatMap((link) => {
    const head = `${link.index}: ${displayName(link)}: <${flags(link, netns).join(',')}> mtu ${link.mtu}`;
    const state = link.up ? 'forwarding' : 'disabled';
    const line = { text: `${head} master ${link.port?.bridge} state ${state} priority 32 cost 2 `, entry: link.name };
    return details ? [line, { text: portFlags(link), entry: link.name }] : [line];
  });
}

function portFlags({ port }: Link): string {
  const word = (name: string, on: boolean | undefined): string => `${name} ${on ? 'on' : 'off'}`;
  return [
    `    ${word('hairpin', port?.hairpin)} guard off root_block off fastleave off ${word('learning', port?.learning)}`,
    `${word('flood', port?.flood)} mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off`,
    'neigh_suppress off vlan_tunnel off isolated off locked off ',
  ].join(' ');
}

function inOrder(netns: Netns, shows: (link: Link) => boolean): readonly Link[] {
  return [...netns.links].sort((a, b) => a.index - b.index).filter(shows);
}

/** The first line of a link. @param mode what `ip link` says between its state and its group. */
export function linkLine(link: Link, netns: Netns, mode = ''): string {
  return [
    `${link.index}: ${displayName(link)}: <${flags(link, netns).join(',')}>`,
    `mtu ${link.mtu}`,
    `qdisc ${qdisc(link)}`,
    ...(link.port ? [`master ${link.port.bridge}`] : []),
    `state ${linkState(link, netns)}`,
    `${mode}group default`,
    // CNI's veths are made with a queue length of 0, which ip does not mention.
    ...(link.kind === 'veth' ? [] : ['qlen 1000']),
  ].join(' ');
}

/** A dummy that was never up has no queue yet. */
function qdisc({ kind, up }: Link): string {
  if (kind === 'physical') return 'fq_codel';
  return kind === 'dummy' && !up ? 'noop' : 'noqueue';
}

export function hardwareLine(link: Link): string {
  if (link.kind === 'wireguard') return '    link/none ';
  if (link.kind === 'ipip') {
    const { local = '0.0.0.0', remote } = link;
    return `    link/ipip ${local} ${remote === undefined ? 'brd 0.0.0.0' : `peer ${remote}`}`;
  }
  if (link.kind === 'loopback') return `    link/loopback ${link.mac} brd 00:00:00:00:00:00`;
  return `    link/ether ${link.mac} brd ff:ff:ff:ff:ff:ff${link.kind === 'veth' ? ' link-netnsid 0' : ''}`;
}

/** A veth's name goes with the index of its other end, an IPIP device's with that of its lower one. */
export function displayName(link: Link): string {
  if (link.kind === 'ipip') return `${link.name}@${link.lower ?? 'NONE'}`;
  return link.kind === 'veth' && link.peer.index !== undefined ? `${link.name}@if${link.peer.index}` : link.name;
}

function flags(link: Link, netns: Netns): readonly string[] {
  if (link.kind === 'loopback') return link.up ? ['LOOPBACK', 'UP', 'LOWER_UP'] : ['LOOPBACK'];
  if (link.kind === 'dummy') {
    const own = ['BROADCAST', ...(link.multicast ? ['MULTICAST'] : []), ...(link.arp ? [] : ['NOARP'])];
    return link.up ? [...own, 'UP', 'LOWER_UP'] : own;
  }
  if (link.kind === 'ipip' || link.kind === 'wireguard') {
    const hasPeer = link.kind === 'wireguard' || link.remote !== undefined;
    return [...(hasPeer ? ['POINTOPOINT'] : []), 'NOARP', ...(link.up ? ['UP', 'LOWER_UP'] : [])];
  }
  if (!link.up) return ['BROADCAST', 'MULTICAST'];
  return carrier(link, netns)
    ? ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP']
    : ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'];
}

/** A card has none while its cable is out, a bridge while none of its ports has one. */
function carrier(link: Link, netns: Netns): boolean {
  if (link.kind === 'physical') return link.cable !== 'pulled';
  if (link.kind !== 'bridge') return true;
  return netns.links.some((port) => port.port?.bridge === link.name && port.up && carrier(port, netns));
}

/** The operational state: UP, DOWN or UNKNOWN. */
export function linkState(link: Link, netns: Netns): string {
  if (!link.up) return 'DOWN';
  // These never say whether they work.
  if (link.kind === 'loopback' || isTunnel(link) || link.kind === 'dummy') return 'UNKNOWN';
  return carrier(link, netns) ? 'UP' : 'DOWN';
}
