import type { WireguardLink } from '../../../datamodel/network/link.ts';
import { IPV4_HEADER_LENGTH, Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { WIREGUARD_LENGTHS, WireguardType, WireguardView } from '../../../wire/wireguard.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { deliver } from '../socket/record.ts';
import { receiveInner } from '../tunnel/receiveInner.ts';
import { tunnelsOnPort } from '../tunnel/udpPorts.ts';
import { endpointIn, receiveInitiation, receiveResponse, sendStaged } from './handshake.ts';
import { open } from './seal.ts';
import { sendKeepalive } from './send.ts';
import { noteReceived } from './timers.ts';
import { peerFor, putSession, sendingSession, tunnelTo } from './tunnel.ts';

/** A UDP packet for a WireGuard device (drivers/net/wireguard/receive.c, wg_packet_receive). */
export function wireguardReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const udp = new UdpView(skb.bytes, ip.payloadOffset);
  const devices = tunnelsOnPort(kernel, udp.destinationPort);
  const link = devices.find((each): each is WireguardLink => each.kind === 'wireguard');
  if (link === undefined) return;
  const message = new WireguardView(skb.bytes, udp.payloadOffset);
  const { type } = message;
  const wanted = WIREGUARD_LENGTHS[type];
  const length = udp.payloadLength;
  if (wanted === undefined || (type === WireguardType.data ? length < wanted : length !== wanted)) {
    const because = `The UDP payload of ${length} bytes is no WireGuard message`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: link.name });
  } else if (type === WireguardType.initiation) receiveInitiation(kernel, skb, link, message);
  else if (type === WireguardType.response) receiveResponse(kernel, skb, link, message);
  else if (type === WireguardType.data) receiveData(kernel, skb, link, message, udp.payload());
  // No receiver here is ever under load, so nobody has asked for a cookie.
  else dropPacket(kernel, skb, 'NOT_SPECIFIED', 'Nobody here has asked for a cookie', { device: link.name });
}

/** Opens a packet by the session that its index names (wg_packet_consume_data). */
function receiveData(kernel: Kernel, skb: Skb, link: WireguardLink, message: WireguardView, bytes: Uint8Array): void {
  const place = { device: link.name };
  const { receiver = 0, counter = 0 } = message;
  const session = kernel.wireguard.get(`${link.name}/${receiver}`);
  const peer = link.peers.find(({ publicKey }) => publicKey === session?.peer);
  const isGood = session !== undefined && session.expires > kernel.world.queue.now;
  const sealed = bytes.subarray(16);
  const plain = isGood ? open(`${session.key} ${session.peer}`, counter, sealed) : undefined;
  if (!isGood || peer === undefined || plain === undefined) {
    const because = isGood
      ? `The packet does not open with the keys of ${link.name}'s session`
      : `${link.name} has no session that the packet belongs to`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, place);
    return;
  }
  const tunnel = tunnelTo(kernel, link, peer);
  const wasConfirmed = session.confirmed;
  putSession(kernel, { ...session, confirmed: true, endpoint: endpointIn(skb) });
  const cause = skb.clone(skb.meta.trace);
  if (plain.length === 0) {
    deliver(kernel, skb, 'kernel', 'WireGuard keepalive');
    noteReceived(tunnel);
  } else {
    noteReceived(tunnel, () => {
      const current = sendingSession(tunnel);
      const { recorder } = kernel.world;
      if (current) sendKeepalive(tunnel, current, recorder.beginCaused(cause, 'WireGuard keepalive', 'control'));
    });
    letIn(kernel, skb, link, peer.publicKey, plain);
  }
  if (!wasConfirmed) sendStaged(tunnel, cause);
}

/** What was inside, if its source is one of the peer's allowed addresses; otherwise nobody is told (wg_packet_consume_data_done). */
function letIn(kernel: Kernel, skb: Skb, link: WireguardLink, publicKey: string, plain: Uint8Array): void {
  const place = { device: link.name };
  const outer = new Ipv4View(skb.bytes, skb.networkOffset);
  const inner = new Ipv4View(plain);
  if (plain.length < IPV4_HEADER_LENGTH || inner.version !== 4 || inner.totalLength > plain.length) {
    dropPacket(kernel, skb, 'NOT_SPECIFIED', 'What was encrypted is no whole IPv4 packet', place);
    return;
  }
  if (peerFor(link, inner.source)?.publicKey !== publicKey) {
    const because = `${inner.source} is not among the allowed addresses of the peer that sent it`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, place);
    return;
  }
  const bytes = plain.slice(0, inner.totalLength);
  const overhead = outer.totalLength - bytes.length;
  const detail = { type: 'decapsulate', tunnel: 'wireguard', overhead } as const;
  receiveInner(kernel, skb, link, { bytes, link: 'ip' }, outer.tos, detail, { mayRefuse: false });
}
