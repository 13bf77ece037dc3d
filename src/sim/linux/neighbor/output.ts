import { isHeaderless, type Link } from '../../../datamodel/network/link.ts';
import { type IpAddress, ipv4ToNumber, type MacAddress } from '../../../wire/address.ts';
import {
  BROADCAST_MAC,
  ETHERNET_HEADER_LENGTH,
  EthernetView,
  EtherType,
  emitEthernet,
  ZERO_MAC,
} from '../../../wire/ethernet.ts';
import { hasCarrier } from '../device/carrier.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { StepPlace } from '../recorder.ts';
import type { Skb } from '../skb.ts';
import { resolve } from './resolve.ts';
import { validNeighbor } from './table.ts';

/** Sends an IP packet to a neighbour on `dev`, asking for its MAC first if need be (Linux: neighbour.c, neigh_output). */
export function neighborOutput(kernel: Kernel, skb: Skb, dev: string, nextHop: IpAddress): void {
  const link = kernel.links.get(dev);
  if (link === undefined) {
    dropPacket(kernel, skb, 'DEV_READY', `There is no device ${dev}`);
    return;
  }
  if (isHeaderless(link)) {
    if (skb.link === 'ethernet') skb.replace(skb.bytes.slice(ETHERNET_HEADER_LENGTH), 'ip');
    kernel.stack.transmit(kernel, skb, link);
    return;
  }
  const implied = impliedMac(kernel, link, nextHop);
  if (implied !== undefined) {
    writeHeader(skb, link, implied);
    kernel.stack.transmit(kernel, skb, link);
    return;
  }
  const known = validNeighbor(kernel, dev, nextHop);
  // A device that loses its carrier forgets whom it had learned (neigh_carrier_down).
  if (known === undefined || (known.state !== 'PERMANENT' && !hasCarrier(kernel, link))) {
    resolve(kernel, skb, link, nextHop);
    return;
  }
  const changes = writeHeader(skb, link, known.mac);
  kernel.world.recorder.step(
    kernel.id,
    skb,
    { type: 'neighbor', address: nextHop, state: known.state, mac: known.mac, waiting: false },
    { device: dev, changes, entry: { netns: kernel.id, table: 'neighbor', id: known.id } },
  );
  kernel.stack.transmit(kernel, skb, link);
}

/** Devices and addresses that need no question (Linux: net/ipv4/arp.c, arp_constructor). */
function impliedMac(kernel: Kernel, link: Link, nextHop: IpAddress): MacAddress | undefined {
  if (link.kind === 'loopback') return ZERO_MAC;
  const value = ipv4ToNumber(nextHop);
  switch (kernel.fib.addressType(nextHop)) {
    case 'BROADCAST':
      return BROADCAST_MAC;
    case 'MULTICAST': {
      // RFC 1112 6.4: the low 23 bits behind 01:00:5e.
      const low = [(value >>> 16) & 0x7f, (value >>> 8) & 0xff, value & 0xff];
      return `01:00:5e:${low.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}` as MacAddress;
    }
    default:
      return undefined;
  }
}

function writeHeader(skb: Skb, link: Link, destination: MacAddress): NonNullable<StepPlace['changes']> {
  if (skb.link === 'ip') {
    skb.replace(emitEthernet({ destination, source: link.mac, etherType: EtherType.ipv4 }, skb.bytes), 'ethernet');
    return [];
  }
  const before = new EthernetView(skb.bytes);
  const changes = [
    { path: 'ethernet.destination', from: before.destination, to: destination },
    { path: 'ethernet.source', from: before.source, to: link.mac },
  ].filter(({ from, to }) => from !== to);
  const frame = new EthernetView(skb.writable());
  frame.destination = destination;
  frame.source = link.mac;
  return changes;
}
