import type { BridgePort, Link } from '../../../datamodel/network/link.ts';
import { EthernetView, EtherType, isMulticastMac } from '../../../wire/ethernet.ts';
import { dropPacket } from '../device/drop.ts';
import { sysctlFlag } from '../ip/sysctl.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { handleFrame } from './forward.ts';
import { bridgePrerouting } from './prerouting.ts';

/** 01:80:c2:00:00:00 to :0f stay on their cable (IEEE 802.1D 7.12.6). */
const LINK_LOCAL_GROUP = '01:80:c2:00:00:0';

/** A frame came in by a bridge's port (Linux: net/bridge/br_input.c, br_handle_frame). */
export function bridgePortReceive(kernel: Kernel, skb: Skb, port: Link, settings: BridgePort): void {
  const bridge = kernel.links.get(settings.bridge);
  const place = { device: port.name };
  if (bridge === undefined || !bridge.up) {
    dropPacket(kernel, skb, 'DEV_READY', `${settings.bridge}, the bridge ${port.name} is a port of, is not up`, place);
    return;
  }
  const frame = new EthernetView(skb.bytes);
  if (isMulticastMac(frame.source)) {
    dropPacket(kernel, skb, 'MAC_INVALID_SOURCE', `${frame.source} is a group address and cannot be a sender`, place);
    return;
  }
  if (frame.destination.startsWith(LINK_LOCAL_GROUP)) {
    dropPacket(kernel, skb, 'NOT_SPECIFIED', `${frame.destination} is never forwarded by a bridge`, place);
    return;
  }
  if (frame.destination === bridge.mac) skb.meta.packetType = 'host';
  const throughNetfilter =
    frame.etherType === EtherType.ipv4 && sysctlFlag(kernel, 'net.bridge.bridge-nf-call-iptables');
  if (throughNetfilter) bridgePrerouting(kernel, skb, port, bridge);
  else handleFrame(kernel, skb, port, bridge);
}
