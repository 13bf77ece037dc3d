import { assertUnreachable } from '../../../base/assertUnreachable.ts';
import type { Link } from '../../../datamodel/network/link.ts';
import { bridgeTransmit } from '../bridge/transmit.ts';
import { runDevicePrograms } from '../ebpf/programs.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { vxlanTransmit } from '../vxlan/transmit.ts';
import { sendOverCable } from './cable.ts';
import { hasCarrier } from './carrier.ts';
import { headFor } from './direction.ts';
import { driverOf } from './driver.ts';
import { dropPacket } from './drop.ts';

/** A packet on lo is queued for the same CPU and read a moment later. */
const LOOPBACK_DELAY = 1_000;

/**
 * Hands a frame to a device (Linux: net/core/dev.c, dev_queue_xmit): tcpdump sees it, then the driver takes it. A device
 * without carrier loses it before either (dev_deactivate).
 * @param skb a whole Ethernet frame, or a bare IP packet where the device's frames have no Ethernet header.
 */
export function transmit(kernel: Kernel, skb: Skb, link: Link): void {
  if (!link.up) {
    dropPacket(kernel, skb, 'DEV_READY', `${link.name} is down`, { device: link.name });
    return;
  }
  if (!hasCarrier(kernel, link)) {
    const because = `${link.name} has no carrier: nobody is up at its other end`;
    dropPacket(kernel, skb, 'QDISC_DROP', because, { device: link.name });
    return;
  }
  const { recorder, queue } = kernel.world;
  headFor(kernel, skb, link);
  if (runDevicePrograms(kernel, skb, link, 'tc egress') === 'taken') return;
  recorder.step(kernel.id, skb, { type: 'transmit' }, { device: link.name });
  recorder.capture(kernel.id, skb, link.name, 'out', 'outgoing');
  switch (link.kind) {
    case 'loopback':
      queue.schedule(LOOPBACK_DELAY, () => kernel.stack.receive(kernel, skb, link));
      return;
    case 'veth':
    case 'physical':
      sendOverCable(kernel, skb, link);
      return;
    case 'bridge':
      bridgeTransmit(kernel, skb, link);
      return;
    case 'vxlan':
      vxlanTransmit(kernel, skb, link);
      return;
    case 'ipip':
      driverOf('ipip').transmit(kernel, skb, link);
      return;
    case 'geneve':
      driverOf('geneve').transmit(kernel, skb, link);
      return;
    case 'wireguard':
      driverOf('wireguard').transmit(kernel, skb, link);
      return;
    case 'dummy':
      recorder.end(skb, { type: 'ignored', netns: kernel.id, because: `${link.name} leads nowhere` });
      return;
    default:
      assertUnreachable(link);
  }
}
