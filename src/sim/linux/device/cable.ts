import type { PhysicalLink, VethLink } from '../../../datamodel/network/link.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { dropPacket } from './drop.ts';
import { forwardable } from './forwardable.ts';

/** Virtual nanoseconds from one end to the other: a veth is a queue in memory, a cable has a card at each end. */
const VETH_DELAY = 2_000;
const CABLE_DELAY = 20_000;

/**
 * What one end of a veth pair or cable is given, the other end receives, unless it is down or the frame is longer than
 * it takes (Linux: drivers/net/veth.c, veth_xmit; net/core/dev.c, __dev_forward_skb). Nobody is told of the loss.
 */
export function sendOverCable(kernel: Kernel, skb: Skb, link: VethLink | PhysicalLink): void {
  const place = { device: link.name };
  const { netns, link: name } = link.peer;
  const receiver = kernel.world.kernel(netns);
  const end = receiver?.links.get(name);
  if (receiver === undefined || end === undefined) {
    dropPacket(kernel, skb, 'DEV_READY', `Nothing is connected to ${link.name}`, place);
    return;
  }
  if (!end.up) {
    dropPacket(kernel, skb, 'DEV_READY', `The other end of ${link.name}, ${name} of ${netns}, is down`, place);
    return;
  }
  if (!forwardable(skb, end)) {
    const because = `The frame carries ${skb.bytes.length - skb.networkOffset} bytes, and the other end of ${link.name}, ${name} of ${netns}, has MTU ${end.mtu}; a ${link.kind === 'veth' ? 'veth' : 'network card'} tells nobody`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, place);
    return;
  }
  kernel.world.queue.schedule(link.kind === 'veth' ? VETH_DELAY : CABLE_DELAY, () => {
    skb.scrub();
    receiver.stack.receive(receiver, skb, end);
  });
}
