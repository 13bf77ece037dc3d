import type { StepDetail } from '../../../datamodel/flow/step.ts';
import type { WireguardPeer } from '../../../datamodel/network/link.ts';
import type { WireguardSession } from '../../../datamodel/network/runtime.ts';
import { IPV4_HEADER_LENGTH, IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { emitUdp } from '../../../wire/udp.ts';
import { emitWireguard, WireguardType } from '../../../wire/wireguard.ts';
import { dropPacket } from '../device/drop.ts';
import { defaultTtl } from '../ip/sysctl.ts';
import { Skb } from '../skb.ts';
import { outerTos } from '../tunnel/ecn.ts';
import { routeOuter } from '../tunnel/outerRoute.ts';
import { sendOuter } from '../tunnel/sendOuter.ts';
import { seal } from './seal.ts';
import { noteSent } from './timers.ts';
import { endpointOf, putSession, type WireguardTunnel } from './tunnel.ts';

/** Encryption is a worker's, on whichever CPU is free, virtual nanoseconds. */
const WORKER_DELAY = 200_000;
/** What data are padded to (MESSAGE_PADDING_MULTIPLE), but never beyond the MTU. */
const PADDING = 16;
/** Of handshakes, so that busy networks let them through (HANDSHAKE_DSCP): AF41. */
export const HANDSHAKE_TOS = 0x88;

/** Encrypts a packet that left by the device, and sends it (drivers/net/wireguard/send.c, encrypt_packet). */
export function sendData(tunnel: WireguardTunnel, session: WireguardSession, skb: Skb): void {
  const { kernel, link } = tunnel;
  const inner = new Ipv4View(skb.bytes);
  const { route } = skb.meta;
  const mtu = route ? kernel.stack.routeMtu(kernel, route, inner.destination) : link.mtu;
  const plain = new Uint8Array(skb.bytes.length + padding(skb.bytes.length, mtu));
  plain.set(skb.bytes);
  const message = encrypt(tunnel, session, plain);
  send(tunnel, skb, message, outerTos(inner), (remote, outerLength) => ({
    type: 'encapsulate',
    tunnel: 'wireguard',
    overhead: outerLength - inner.totalLength,
    remote,
  }));
  noteSent(tunnel, 'data');
}

/** An empty packet: the session is alive. @param cause the packet that gave reason to, for the record. */
export function sendKeepalive(tunnel: WireguardTunnel, session: WireguardSession, trace: number): void {
  sendOwn(tunnel, trace, 'WireGuard keepalive', encrypt(tunnel, session, new Uint8Array(0)), 0);
  noteSent(tunnel, 'keepalive');
}

/** Sends a message of the kernel's own making. */
export function sendOwn(tunnel: WireguardTunnel, trace: number, what: string, message: Uint8Array, tos: number): void {
  const meta = { trace, mark: 0, packetType: 'host', pass: 'tunnel', direction: 'down' } as const;
  send(tunnel, new Skb(message, 'ip', { ...meta }), message, tos, () => ({ type: 'originate', by: 'kernel', what }));
}

function encrypt(tunnel: WireguardTunnel, session: WireguardSession, plain: Uint8Array): Uint8Array {
  const { sent: counter, remoteIndex: receiver, key } = session;
  const sealed = seal(`${key} ${tunnel.link.publicKey}`, counter, plain);
  putSession(tunnel.kernel, { ...session, sent: counter + 1 });
  return emitWireguard({ type: WireguardType.data, receiver, counter }, sealed);
}

/** calculate_skb_padding: a packet longer than the MTU is padded as its last stretch would be. */
function padding(length: number, mtu: number): number {
  const last = length > mtu ? length % mtu : length;
  return Math.min(mtu, Math.ceil(last / PADDING) * PADDING) - last;
}

type Detail = (
  remote: NonNullable<WireguardPeer['endpoint']>['address'],
  outerLength: number,
) => Extract<StepDetail, { type: 'encapsulate' | 'originate' }>;

/** UDP from the device's port, never with DF, always with a checksum (socket.c, send4). */
function send(tunnel: WireguardTunnel, skb: Skb, message: Uint8Array, tos: number, detail: Detail): void {
  const { kernel, link } = tunnel;
  const place = { device: link.name };
  const endpoint = endpointOf(tunnel);
  if (endpoint === undefined) {
    dropPacket(kernel, skb, 'NOT_SPECIFIED', `${link.name} does not know where its peer is`, place);
    return;
  }
  const route = routeOuter(kernel, skb, link, { remote: endpoint.address });
  const source = route?.source;
  if (route === undefined || source === undefined) return;
  const ends = { source, destination: endpoint.address };
  const udp = emitUdp({ sourcePort: link.listenPort, destinationPort: endpoint.port }, message, ends);
  const header = { protocol: IpProtocol.udp, ttl: defaultTtl(kernel), tos, dontFragment: false, ...ends };
  const told = detail(endpoint.address, udp.length + IPV4_HEADER_LENGTH);
  kernel.world.queue.schedule(WORKER_DELAY, () => sendOuter(kernel, skb, udp, header, route, { detail: told, place }));
}
