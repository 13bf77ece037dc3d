import type { Link } from '../../../datamodel/network/link.ts';
import { EthernetView, EtherType } from '../../../wire/ethernet.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { comeFrom } from './direction.ts';
import { dropPacket } from './drop.ts';

/** A frame is at a device, where tcpdump sees it. @returns false when the device is down and has dropped it. */
export function arrive(
  kernel: Kernel,
  skb: Skb,
  link: Link,
  packetType: 'host' | 'otherhost' | 'broadcast' | 'multicast',
): boolean {
  if (!link.up) {
    dropPacket(kernel, skb, 'DEV_READY', `${link.name} is down`, { device: link.name });
    return false;
  }
  const { recorder } = kernel.world;
  skb.meta.packetType = packetType;
  skb.meta.inputDevice = link.name;
  // A bridge hands up what one of its ports has received: the direction is that port's.
  if (link.kind !== 'bridge') comeFrom(kernel, skb, link);
  recorder.step(kernel.id, skb, { type: 'receive', packetType }, { device: link.name });
  recorder.capture(kernel.id, skb, link.name, 'in', packetType);
  return true;
}

/** Gives a frame that is not to be bridged to the protocol it names (Linux: __netif_receive_skb_core, deliver_skb). */
export function toProtocol(kernel: Kernel, skb: Skb, link: Link): void {
  const { etherType } = new EthernetView(skb.bytes);
  if (etherType === EtherType.arp) kernel.stack.arpReceive(kernel, skb, link);
  else if (etherType === EtherType.ipv4) kernel.stack.ipReceive(kernel, skb, link);
  else {
    const because = `No protocol of this host reads EtherType 0x${etherType.toString(16).padStart(4, '0')}`;
    dropPacket(kernel, skb, 'UNHANDLED_PROTO', because, { device: link.name });
  }
}
