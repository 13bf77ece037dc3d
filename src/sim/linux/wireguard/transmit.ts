import type { WireguardLink } from '../../../datamodel/network/link.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { tellSender } from '../tunnel/pathMtu.ts';
import { sendStaged } from './handshake.ts';
import { endpointOf, peerFor, tunnelTo } from './tunnel.ts';

const HOST_UNREACHABLE = { type: 3, code: 1 };
/** MAX_STAGED_PACKETS */
const MOST_STAGED = 128;

/**
 * A packet leaves by a WireGuard device: for the peer whose allowed addresses have its destination, as soon as there is a
 * session with it (drivers/net/wireguard/device.c, wg_xmit).
 */
export function wireguardTransmit(kernel: Kernel, skb: Skb, link: WireguardLink): void {
  const { destination } = new Ipv4View(skb.bytes);
  const peer = peerFor(link, destination);
  const tunnel = peer && tunnelTo(kernel, link, peer);
  if (tunnel === undefined || endpointOf(tunnel) === undefined) {
    const sent = tellSender(kernel, skb, HOST_UNREACHABLE);
    const because = tunnel
      ? `${link.name} does not know yet where the peer for ${destination} is`
      : `No peer of ${link.name} has ${destination} among its allowed addresses`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: link.name }, sent ? HOST_UNREACHABLE : undefined);
    return;
  }
  const { staged } = tunnel.state;
  for (const oldest of staged.splice(0, Math.max(0, staged.length + 1 - MOST_STAGED))) {
    const because = `${MOST_STAGED} packets wait for a session already, and the oldest gives way`;
    dropPacket(kernel, oldest, 'NOT_SPECIFIED', because, { device: link.name });
  }
  staged.push(skb);
  sendStaged(tunnel, skb);
}
