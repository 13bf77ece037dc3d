import type { Offer } from '../../datamodel/cluster/offer.ts';
import { isTunnel, type Link } from '../../datamodel/network/link.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { familyOf } from '../../wire/address.ts';
import { commandLine } from './quote.ts';

const MTUS = [1400, 1450, 1500, 9000];
/** What VXLAN's outer headers take of the lower device's MTU; its driver refuses more. */
const VXLAN_HEADROOM = 50;

/** What can be done to a line of `ip addr`: to a link, by its name, or to an address. */
export function addressOffers(netns: Netns, entry: EntryId): readonly Offer[] {
  const address = netns.addresses.find(({ id }) => id === entry);
  if (address === undefined) {
    const link = netns.links.find(({ name }) => name === entry);
    return link ? linkOffers(netns, link) : [];
  }
  if (familyOf(address.address) !== 'IPv4') return [];
  const { link: dev, address: host, prefixLength } = address;
  const line = commandLine('ip', 'addr', 'del', `${host}/${prefixLength}`, 'dev', dev);
  return [{ label: 'Delete this address', line, destructive: true }];
}

function linkOffers({ links }: Netns, link: Link): readonly Offer[] {
  const { name, up, port, kind } = link;
  const set = (...words: readonly (string | number)[]): string =>
    commandLine('ip', 'link', 'set', 'dev', name, ...words);
  return [
    up
      ? { label: `Take ${name} down`, line: set('down'), destructive: true }
      : { label: `Bring ${name} up`, line: set('up') },
    ...mtus(links, link).map((mtu) => ({ label: `Set its MTU to ${mtu}`, line: set('mtu', mtu) })),
    ...(port
      ? [
          {
            label: port.hairpin ? 'Switch hairpin off' : 'Switch hairpin on',
            line: commandLine('bridge', 'link', 'set', 'dev', name, 'hairpin', port.hairpin ? 'off' : 'on'),
          },
          {
            label: port.learning ? 'Stop learning MACs here' : 'Learn MACs here',
            line: commandLine('bridge', 'link', 'set', 'dev', name, 'learning', port.learning ? 'off' : 'on'),
          },
          { label: `Take it out of ${port.bridge}`, line: set('nomaster'), destructive: true } as const,
        ]
      : []),
    ...(kind === 'veth' || kind === 'bridge' || (isTunnel(link) && name !== 'tunl0')
      ? [{ label: `Delete ${name}`, line: commandLine('ip', 'link', 'del', 'dev', name), destructive: true } as const]
      : []),
  ];
}

function mtus(links: readonly Link[], link: Link): readonly number[] {
  if (link.kind === 'loopback') return [];
  const lower = link.kind === 'vxlan' ? links.find(({ name }) => name === link.lower) : undefined;
  const most = lower ? lower.mtu - VXLAN_HEADROOM : Number.POSITIVE_INFINITY;
  return MTUS.filter((mtu) => mtu !== link.mtu && mtu <= most);
}

/** What can be done to all addresses of a device. */
export function addressTableOffers({ addresses }: Netns): readonly Offer[] {
  const devices = new Set(addresses.flatMap(({ link, address }) => (familyOf(address) === 'IPv4' ? link : [])));
  return [...devices].map((dev) => ({
    label: `Delete all addresses of ${dev}`,
    line: commandLine('ip', 'addr', 'flush', 'dev', dev),
    destructive: true,
  }));
}
