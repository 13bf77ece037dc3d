import { ARP_LENGTH, ArpView, parseArp } from '../arp.ts';
import type { Dissected, Part } from './layer.ts';
import { FieldList, makeLayer } from './layer.ts';

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
