import { isHeaderless, type Link } from '../../../datamodel/network/link.ts';
import { BROADCAST_MAC, ETHERNET_HEADER_LENGTH, EthernetView, isMulticastMac } from '../../../wire/ethernet.ts';
import { bridgePortReceive } from '../bridge/portReceive.ts';
import { runDevicePrograms } from '../ebpf/programs.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { arrive, toProtocol } from './arrive.ts';
import { dropPacket } from './drop.ts';

/** Takes a frame from a cable, a tunnel or the loopback (Linux: eth_type_trans, then netif_receive_skb). */
export function receive(kernel: Kernel, skb: Skb, link: Link): void {
  if (isHeaderless(link)) {
    if (!arrive(kernel, skb, link, 'host') || runDevicePrograms(kernel, skb, link, 'tc ingress') === 'taken') return;
    kernel.stack.ipReceive(kernel, skb, link);
    return;
  }
  if (skb.bytes.length < ETHERNET_HEADER_LENGTH) {
    dropPacket(kernel, skb, 'PKT_TOO_SMALL', `${skb.bytes.length} bytes are no Ethernet frame`, { device: link.name });
    return;
  }
  takeIn(kernel, skb, link, packetTypeAt(skb, link));
}

/**
 * Another round at another device in the same breath (Linux: another_round in __netif_receive_skb_core): tcpdump sees the frame
 * there, whose MACs nobody compares any more.
 */
export function receiveAgain(kernel: Kernel, skb: Skb, link: Link): void {
  takeIn(kernel, skb, link, 'host');
}

function takeIn(kernel: Kernel, skb: Skb, link: Link, packetType: ReturnType<typeof packetTypeAt>): void {
  if (!arrive(kernel, skb, link, packetType)) return;
  if (runDevicePrograms(kernel, skb, link, 'tc ingress') === 'taken') return;
  if (link.port !== undefined) bridgePortReceive(kernel, skb, link, link.port);
  else toProtocol(kernel, skb, link);
}

function packetTypeAt(skb: Skb, link: Link): 'host' | 'otherhost' | 'broadcast' | 'multicast' {
  const { destination } = new EthernetView(skb.bytes);
  if (destination === link.mac) return 'host';
  if (destination === BROADCAST_MAC) return 'broadcast';
  return isMulticastMac(destination) ? 'multicast' : 'otherhost';
}
