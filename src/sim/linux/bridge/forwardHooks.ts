import type { Link } from '../../../datamodel/network/link.ts';
import { EthernetView, EtherType } from '../../../wire/ethernet.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import { lateParts } from '../lateParts.ts';
import type { Skb } from '../skb.ts';

/** MTU of the pretended route that bridged packets have: a bridge that was made with another MTU keeps this (br_nf_core.c). */
const ROUTE_MTU = 1500;

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
  return refragment(kernel, skb, output);
}

/** What conntrack put together, or what is too long for the port, leaves in fragments (br_nf_dev_queue_xmit). */
function refragment(kernel: Kernel, skb: Skb, output: Link): readonly Skb[] {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const largest = skb.meta.fragmentMaxSize;
  if (ip.totalLength <= Math.min(output.mtu, largest ?? output.mtu)) return [skb];
  const forbidden = largest === undefined ? ip.dontFragment : largest > ROUTE_MTU;
  if (forbidden) {
    const because = `${ip.totalLength} bytes are more than ${output.name} takes (${output.mtu}), and the packet may not be fragmented; a bridge tells nobody`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: output.name });
    return [];
  }
  // What is still too long for the port is lost there.
  const limit = Math.min(ROUTE_MTU, largest ?? ROUTE_MTU);
  return ip.totalLength <= limit ? [skb] : lateParts().splitPacket(kernel, skb, limit, output.name);
}
