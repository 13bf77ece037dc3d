import { fromBase64, toBase64 } from '../../../base/base64.ts';
import { chance } from '../../../base/chance.ts';
import type { WireguardLink } from '../../../datamodel/network/link.ts';
import type { WireguardSession } from '../../../datamodel/network/runtime.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import { emitWireguard, WireguardType, type WireguardView } from '../../../wire/wireguard.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { deliver } from '../socket/record.ts';
import { noise, open, seal, tagOf } from './seal.ts';
import { HANDSHAKE_TOS, sendData, sendKeepalive, sendOwn } from './send.ts';
import { noteReceived, noteSent, REKEY_TIMEOUT, stop } from './timers.ts';
import {
  forgetOldSessions,
  putSession,
  REJECT_AFTER,
  sendingSession,
  tunnelTo,
  type WireguardTunnel,
} from './tunnel.ts';

/** MAX_TIMER_HANDSHAKES: for a minute and a half a session is asked for. */
const MOST_ATTEMPTS = 18;
/** REKEY_TIMEOUT_JITTER_MAX_JIFFIES, virtual nanoseconds. */
const JITTER = 333_000_000;
/** REKEY_AFTER_TIME: whoever began a session begins the next before it ends. */
const REKEY_AFTER = 120_000_000_000;

const STATIC_AT = 8 + 32;
const STATIC_LENGTH = 32 + 16;

/** Sends what waits, or asks for a session first (drivers/net/wireguard/send.c, wg_packet_send_staged_packets). */
export function sendStaged(tunnel: WireguardTunnel, cause: Skb): void {
  const { state } = tunnel;
  tunnel.state.onSilence = () => initiate(tunnel, cause, false);
  if (sendingSession(tunnel) === undefined) {
    if (state.staged.length > 0) initiate(tunnel, cause, false);
    return;
  }
  for (const skb of state.staged.splice(0)) {
    const session = sendingSession(tunnel);
    if (session) sendData(tunnel, session, skb);
  }
  keepFresh(tunnel, cause);
}

/** Whoever began a session that is two minutes old begins another (keep_key_fresh). */
function keepFresh(tunnel: WireguardTunnel, cause: Skb): void {
  const session = sendingSession(tunnel);
  const { now } = tunnel.kernel.world.queue;
  if (session?.initiator && now - (session.expires - REJECT_AFTER) >= REKEY_AFTER) initiate(tunnel, cause, false);
}

/** Asks the peer for a session, at most once in five seconds, and again if nothing comes (wg_packet_send_handshake_initiation). */
function initiate(tunnel: WireguardTunnel, cause: Skb, isRetry: boolean): void {
  const { kernel, link, peer, state } = tunnel;
  const { queue, recorder, seed } = kernel.world;
  if (!isRetry) state.attempts = 0;
  if (state.lastInitiation !== undefined && queue.now - state.lastInitiation < REKEY_TIMEOUT) return;
  state.lastInitiation = queue.now;
  const sender = chance(seed, 'wireguard index', kernel.id, link.name, peer.publicKey, queue.now);
  state.pending = sender;
  const identity = seal(`to ${peer.publicKey}`, sender, fromBase64(link.publicKey) ?? new Uint8Array(32));
  const opaque = new Uint8Array(140);
  opaque.set(noise(`ephemeral ${seed} ${sender}`, 32));
  opaque.set(identity, 32);
  opaque.set(noise(`timestamp ${seed} ${sender}`, 28), 32 + STATIC_LENGTH);
  const message = emitWireguard({ type: WireguardType.initiation, sender }, opaque);
  message.set(tagOf(`mac1 ${peer.publicKey}`, 0, message.subarray(0, 116)), 116);
  const what = 'WireGuard handshake initiation';
  sendOwn(tunnel, recorder.beginCaused(cause, what, 'control'), what, message, HANDSHAKE_TOS);
  noteSent(tunnel, 'handshake');
  stop(tunnel, 'retry');
  const jitter = chance(seed, 'wireguard jitter', kernel.id, sender) % JITTER;
  const waits = state.staged.length > 0;
  state.retry = queue.scheduleTimer(REKEY_TIMEOUT + jitter, () => retry(tunnel, cause), !waits);
}

/** Nothing came: once more, or what waits is given up without a word (wg_expired_retransmit_handshake). */
function retry(tunnel: WireguardTunnel, cause: Skb): void {
  const { kernel, link, state } = tunnel;
  delete state.retry;
  if (state.attempts++ < MOST_ATTEMPTS) {
    initiate(tunnel, cause, true);
    return;
  }
  delete state.pending;
  for (const skb of state.staged.splice(0)) {
    const because = `The peer has not answered ${MOST_ATTEMPTS + 2} handshakes of ${link.name}`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: link.name });
  }
}

/** A peer asks for a session (receive.c, wg_receive_handshake_packet; noise.c). */
export function receiveInitiation(kernel: Kernel, skb: Skb, link: WireguardLink, message: WireguardView): void {
  const { sender = 0, bytes, offset } = message;
  const whole = bytes.subarray(offset, offset + 148);
  const mac = tagOf(`mac1 ${link.publicKey}`, 0, whole.subarray(0, 116));
  const identity = open(`to ${link.publicKey}`, sender, whole.subarray(STATIC_AT, STATIC_AT + STATIC_LENGTH));
  const publicKey = identity && toBase64(identity);
  const peer = link.peers.find((each) => each.publicKey === publicKey);
  if (!mac.every((byte, i) => byte === whole[116 + i]) || peer === undefined) {
    const because = peer
      ? `The handshake is not meant for ${link.name}'s public key`
      : `No peer of ${link.name} has the public key that asks for a session`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: link.name });
    return;
  }
  deliver(kernel, skb, 'kernel', 'WireGuard');
  const tunnel = tunnelTo(kernel, link, peer);
  const { seed, recorder, queue } = kernel.world;
  const localIndex = chance(seed, 'wireguard index', kernel.id, link.name, peer.publicKey, queue.now, sender);
  const key = sessionKey(peer.publicKey, link.publicKey, sender, localIndex);
  const ends = { key, localIndex, remoteIndex: sender, endpoint: endpointIn(skb) };
  establish(tunnel, { ...ends, initiator: false, confirmed: false });
  const opaque = new Uint8Array(80);
  opaque.set(noise(`ephemeral ${seed} ${localIndex}`, 32));
  opaque.set(tagOf(key, 0, new Uint8Array(0)), 32);
  const answer = emitWireguard({ type: WireguardType.response, sender: localIndex, receiver: sender }, opaque);
  answer.set(tagOf(`mac1 ${peer.publicKey}`, 0, answer.subarray(0, 60)), 60);
  const what = 'WireGuard handshake response';
  sendOwn(tunnel, recorder.beginCaused(skb, what, 'control'), what, answer, HANDSHAKE_TOS);
  noteReceived(tunnel);
  noteSent(tunnel, 'handshake');
}

/** The peer grants it: what waits goes out, else a keepalive tells the peer that it is in use. */
export function receiveResponse(kernel: Kernel, skb: Skb, link: WireguardLink, message: WireguardView): void {
  const { sender = 0, receiver = 0, bytes, offset } = message;
  const tunnels = link.peers.map((peer) => tunnelTo(kernel, link, peer));
  const tunnel = tunnels.find(({ state }) => state.pending === receiver);
  const key = tunnel && sessionKey(link.publicKey, tunnel.peer.publicKey, receiver, sender);
  const proof = key === undefined ? undefined : tagOf(key, 0, new Uint8Array(0));
  if (!tunnel || key === undefined || !proof?.every((byte, i) => byte === bytes[offset + 44 + i])) {
    const because = `${link.name} waits for no such answer to a handshake`;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device: link.name });
    return;
  }
  deliver(kernel, skb, 'kernel', 'WireGuard');
  stop(tunnel, 'retry');
  delete tunnel.state.pending;
  const ends = { key, localIndex: receiver, remoteIndex: sender, endpoint: endpointIn(skb) };
  establish(tunnel, { ...ends, initiator: true, confirmed: true });
  noteReceived(tunnel);
  if (tunnel.state.staged.length > 0) {
    sendStaged(tunnel, skb);
    return;
  }
  const session = sendingSession(tunnel);
  const trace = kernel.world.recorder.beginCaused(skb, 'WireGuard keepalive', 'control');
  if (session) sendKeepalive(tunnel, session, trace);
}

/** Where an authenticated message came from: that is where the peer is now (wg_socket_set_peer_endpoint_from_skb). */
export function endpointIn({ bytes, networkOffset }: Skb): WireguardSession['endpoint'] {
  const ip = new Ipv4View(bytes, networkOffset);
  return { address: ip.source, port: new UdpView(bytes, ip.payloadOffset).sourcePort };
}

function sessionKey(initiator: string, responder: string, first: number, second: number): string {
  return `${initiator} ${responder} ${first} ${second}`;
}

type Agreed = Pick<WireguardSession, 'key' | 'localIndex' | 'remoteIndex' | 'endpoint' | 'initiator' | 'confirmed'>;

function establish(tunnel: WireguardTunnel, agreed: Agreed): void {
  const { kernel, link, peer } = tunnel;
  const id = `${link.name}/${agreed.localIndex}`;
  const expires = kernel.world.queue.now + REJECT_AFTER;
  putSession(kernel, { id, dev: link.name, peer: peer.publicKey, sent: 0, expires, ...agreed });
  forgetOldSessions(tunnel);
}
