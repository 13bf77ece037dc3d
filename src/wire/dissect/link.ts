import { ARP_LENGTH, ArpView, parseArp } from '../arp.ts';
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

export function dissectArp(part: Part): Dissected {
  const { bytes, offset, end } = part;
  const arp = parseArp(bytes.subarray(0, end), offset);
  const { operation } = new ArpView(bytes, offset);
  const asks = arp.operation === 1;
  const list = new FieldList('arp', offset, end);
  list.add('Hardware type', 'hardwareType', 0, 2, '1 (Ethernet)');
  list.add('Protocol type', 'protocolType', 2, 2, '0x0800 (IPv4)');
  list.add('Hardware address length', 'hardwareLength', 4, 1, 6);
  list.add('Protocol address length', 'protocolLength', 5, 1, 4);
  list.add('Operation', 'operation', 6, 2, asks ? `${operation} (request)` : `${operation} (reply)`);
  list.add('Sender MAC', 'senderMac', 8, 6, arp.senderMac);
  list.add('Sender IP', 'senderIp', 14, 4, arp.senderIp);
  list.add('Target MAC', 'targetMac', 18, 6, arp.targetMac);
  list.add('Target IP', 'targetIp', 24, 4, arp.targetIp);
  const summary = asks ? `Who has ${arp.targetIp}? Tell ${arp.senderIp}` : `${arp.senderIp} is at ${arp.senderMac}`;
  const arpEnd = offset + ARP_LENGTH;
  const layer = makeLayer('ARP', part, { headerLength: ARP_LENGTH, end: arpEnd }, summary, list.fields);
  return { layer, rest: [{ protocol: 'Data', part: { ...part, offset: arpEnd }, note: 'padding' }] };
}
