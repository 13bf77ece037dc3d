import type { Link, PhysicalLink, VethLink } from '../../../datamodel/network/link.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { otherEnd } from './carrier.ts';
import { dropPacket } from './drop.ts';
import { forwardable } from './forwardable.ts';

/** Virtual nanoseconds from one end to the other: a veth is a queue in memory, a cable has a card at each end. */
const VETH_DELAY = 2_000;
const CABLE_DELAY = 20_000;

/**
 * What one end of a veth pair or cable is given, the other end receives, unless the frame is longer than it takes (Linux:
 * drivers/net/veth.c, veth_xmit; net/core/dev.c, __dev_forward_skb). Nobody is told of the loss.
 */
export function sendOverCable(kernel: Kernel, skb: Skb, link: VethLink | PhysicalLink): void {
  const receiver = otherEnd(kernel, link);
  if (receiver !== undefined && (isSilent(link) || isSilent(receiver.link))) {
    const because = `The cable between ${link.name} and ${link.peer.link} of ${link.peer.netns} loses everything; nobody is told`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: link.name });
    return;
  }
  if (receiver === undefined || !forwardable(skb, receiver.link)) {
    const { netns, link: name } = link.peer;
    const mtu = receiver ? `MTU ${receiver.link.mtu}` : 'gone down';
    const length = skb.bytes.length - skb.networkOffset;
    const because = `The frame carries ${length} bytes, and the other end of ${link.name}, ${name} of ${netns}, has ${mtu}; nobody is told`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: link.name });
    return;
  }
  kernel.world.queue.schedule(link.kind === 'veth' ? VETH_DELAY : CABLE_DELAY, () => {
    skb.scrub();
    receiver.kernel.stack.receive(receiver.kernel, skb, receiver.link);
  });
}

function isSilent(link: Link): boolean {
  return link.kind === 'physical' && link.cable === 'silent';
}
