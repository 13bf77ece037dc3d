import type { Link } from '../../../datamodel/network/link.ts';
import { EthernetView, EtherType } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import { splitPacket } from '../ip/fragment.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/**
 * FORWARD and POSTROUTING for a frame that stays on the bridge; a frame of the host's own has met its hooks already.
 * @returns the frames to send: none when a rule dropped it, several when it had to be fragmented again.
 */
export function bridgeForwardHooks(kernel: Kernel, skb: Skb, bridge: Link, output: Link): readonly Skb[] {
  if (skb.meta.bridge === undefined || new EthernetView(skb.bytes).etherType !== EtherType.ipv4) return [skb];
  const { packetType } = skb.meta;
  const names = { inputDevice: bridge.name, outputDevice: bridge.name };
  skb.meta.pass = 'bridge';
  skb.meta.inputDevice = bridge.name;
  if (packetType === 'otherhost') skb.meta.packetType = 'host';
  if (kernel.stack.runHook(kernel, skb, 'FORWARD', names) === 'drop') return [];
  if (kernel.stack.runHook(kernel, skb, 'POSTROUTING', { outputDevice: bridge.name }) === 'drop') return [];
  skb.meta.packetType = packetType;
  skb.meta.pass = 'host';
  return refragment(kernel, skb, bridge, output);
}

/** What conntrack put together, or what is too long for the port, leaves in fragments (br_nf_dev_queue_xmit). */
function refragment(kernel: Kernel, skb: Skb, bridge: Link, output: Link): readonly Skb[] {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const largest = skb.meta.fragmentMaxSize;
  const mtu = largest === undefined ? output.mtu : Math.min(output.mtu, largest);
  if (ip.totalLength <= mtu) return [skb];
  if (ip.dontFragment || (largest !== undefined && largest > bridge.mtu)) {
    const because = `${ip.totalLength} bytes are more than ${output.name} takes (${mtu}), and the packet may not be fragmented; a bridge tells nobody`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: output.name });
    return [];
  }
  return splitPacket(kernel, skb, Math.min(bridge.mtu, largest ?? bridge.mtu), output.name);
}
