import type { PrintedLine } from '../datamodel/cluster/printed.ts';
import type { IpSet, IpSetMember, IpSetType } from '../datamodel/network/ipset.ts';
import type { Netns } from '../datamodel/network/netns.ts';
import { addressBits, familyOf, formatPrefix, type IpPrefix } from '../wire/address.ts';

/** The newest revision of each type that Linux 6.18 has. */
const REVISIONS: Readonly<Record<IpSetType, number>> = {
  'hash:ip': 6,
  'hash:ip,port': 7,
  'hash:ip,port,ip': 6,
  'hash:ip,port,net': 8,
  'hash:net': 7,
  'bitmap:port': 3,
};

/**
 * What `ipset list` prints in a network namespace. How much memory a set takes and what its hash began with are left out:
 * they differ from machine to machine.
 */
export function printIpsetList(netns: Netns): readonly PrintedLine[] {
  return (netns.ipsets ?? []).flatMap((set, i) => {
    const head = [
      ...(i > 0 ? [''] : []),
      `Name: ${set.name}`,
      `Type: ${set.type}`,
      `Revision: ${REVISIONS[set.type]}`,
      `Header: ${headerOf(set)}`,
      `References: ${references(netns, set)}`,
      `Number of entries: ${set.members.length}`,
      'Members:',
    ];
    return [...head, ...set.members.map(printIpsetMember)].map((text) => ({ text, entry: set.id }));
  });
}

/** What `ipset save` prints, as `ipset restore` reads it back. */
export function printIpsetSave(netns: Netns): readonly PrintedLine[] {
  return (netns.ipsets ?? []).flatMap((set) => [
    { text: `create ${set.name} ${set.type} ${headerOf(set)}`, entry: set.id },
    ...set.members.map((member) => ({ text: `add ${set.name} ${printIpsetMember(member)}`, entry: set.id })),
  ]);
}

/** `10.96.42.10,tcp:80`, `10.244.0.3,tcp:8080,10.244.0.3`, `30080` */
export function printIpsetMember({ address, network, protocol, port, second }: IpSetMember): string {
  const parts = [
    ...(address === undefined ? [] : [address]),
    ...(port === undefined ? [] : [protocol === undefined ? String(port) : `${protocol}:${port}`]),
    ...(network === undefined ? [] : [printNetwork(network)]),
    ...(second === undefined ? [] : [printNetwork(second)]),
  ];
  return parts.join(',');
}

function printNetwork(prefix: IpPrefix): string {
  return prefix.length === addressBits(familyOf(prefix.address)) ? prefix.address : formatPrefix(prefix);
}

/** A hash doubles whenever it gets too full; what it began with is what is said. */
function headerOf({ type, family = 'inet' }: IpSet): string {
  if (type === 'bitmap:port') return 'range 0-65535';
  return `family ${family} hashsize 1024 maxelem 65536 bucketsize 12`;
}

/** How many rules ask the set. */
function references({ netfilter }: Netns, { name }: IpSet): number {
  const rules = netfilter.flatMap((table) => table.chains.flatMap((chain) => chain.rules));
  return rules.flatMap(({ matches }) => matches.filter((match) => match.type === 'set' && match.name === name)).length;
}
