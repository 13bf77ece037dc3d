import { BROADCAST_MAC, ETHERNET_HEADER_LENGTH, EtherType, parseEthernet } from '../ethernet.ts';
import type { Dissected, Part, Pending } from './layer.ts';
import { FieldList, hex, makeLayer } from './layer.ts';

const ETHER_TYPE_NAMES = new Map<number, string>([
  [EtherType.ipv4, 'IPv4'],
  [EtherType.arp, 'ARP'],
  [EtherType.ipv6, 'IPv6'],
  [0x8100, '802.1Q VLAN'],
]);

export function dissectEthernet(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const { destination, source, etherType } = parseEthernet(bytes.subarray(0, end), offset);
  const name = ETHER_TYPE_NAMES.get(etherType);
  const type = name === undefined ? hex(etherType, 4) : `${hex(etherType, 4)} (${name})`;
  const list = new FieldList('ethernet', offset, end);
  list.add(
    'Destination',
    'destination',
    0,
    6,
    destination === BROADCAST_MAC ? `${destination} (broadcast)` : destination,
  );
  list.add('Source', 'source', 6, 6, source);
  list.add('EtherType', 'etherType', 12, 2, type);
  const headerLength = ETHERNET_HEADER_LENGTH;
  const layer = makeLayer('Ethernet', part, { headerLength, end }, `${source} → ${destination}`, list.fields);
  return { layer, rest: [afterEtherType(etherType, type, { ...part, offset: offset + headerLength })] };
}

function afterEtherType(etherType: number, type: string, part: Part): Pending {
  if (etherType === EtherType.ipv4) return { protocol: 'IPv4', part };
  if (etherType === EtherType.arp) return { protocol: 'ARP', part };
  return { protocol: 'Data', part, note: `EtherType ${type} is not taken apart` };
}
