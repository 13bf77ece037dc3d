import type { Link } from '../../../datamodel/network/link.ts';
import { EthernetView, isMulticastMac } from '../../../wire/ethernet.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { lookUpFdb } from './fdb.ts';
import { bridgeForward, flood, handleFrame } from './forward.ts';

/** The host sends a frame through its bridge (Linux: net/bridge/br_device.c, br_dev_xmit). */
export function bridgeTransmit(kernel: Kernel, skb: Skb, bridge: Link): void {
  const { bridge: inside } = skb.meta;
  const port = inside && kernel.links.get(inside.port);
  if (inside?.natted && port) {
    // A bridged frame whose new neighbour had to be asked for goes on where it was (br_nf_pre_routing_finish_bridge_slow).
    inside.natted = false;
    if (inside.source) new EthernetView(skb.writable()).source = inside.source;
    skb.meta.inputDevice = port.name;
    skb.meta.pass = 'host';
    handleFrame(kernel, skb, port, bridge);
    return;
  }
  delete skb.meta.bridge;
  const { destination } = new EthernetView(skb.bytes);
  const found = isMulticastMac(destination) ? undefined : lookUpFdb(kernel, bridge, destination);
  if (found?.type === 'port') bridgeForward(kernel, skb, bridge, undefined, found.port, { entry: found.entry });
  else flood(kernel, skb, bridge, undefined, isMulticastMac(destination));
}
