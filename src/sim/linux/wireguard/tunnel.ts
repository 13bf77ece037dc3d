import type { WireguardLink, WireguardPeer } from '../../../datamodel/network/link.ts';
import type { WireguardSession } from '../../../datamodel/network/runtime.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { prefixContains } from '../../../wire/address.ts';
import type { Timer } from '../eventQueue.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** After this a session's keys are not used any more (REJECT_AFTER_TIME), virtual nanoseconds. */
export const REJECT_AFTER = 180_000_000_000;

/** A device and one of its peers in a running kernel. */
export interface WireguardTunnel {
  readonly kernel: Kernel;
  readonly link: WireguardLink;
  readonly peer: WireguardPeer;
  readonly state: PeerState;
}

/** What one side does about a peer at the moment; sessions are the kernel's, for they outlive a run. */
export interface PeerState {
  /** Packets that wait for a session. */
  readonly staged: Skb[];
  /** The handshake that this side has begun: its index and when the last initiation went out. */
  pending?: number;
  lastInitiation?: number;
  attempts: number;
  retry?: Timer;
  /** Something came, and nothing has gone back since. */
  keepalive?: Timer;
  /** Something was sent, and nothing has come since. */
  silence?: Timer;
  /** What is done about it. */
  onSilence?: () => void;
}

const states = new WeakMap<Kernel, Map<string, PeerState>>();

export function tunnelTo(kernel: Kernel, link: WireguardLink, peer: WireguardPeer): WireguardTunnel {
  const known = states.get(kernel) ?? new Map<string, PeerState>();
  states.set(kernel, known);
  const key = `${link.name} ${peer.publicKey}`;
  const state: PeerState = known.get(key) ?? { staged: [], attempts: 0 };
  known.set(key, state);
  return { kernel, link, peer, state };
}

/** The peer whose allowed addresses have an address in their longest prefix (allowedips.c). */
export function peerFor({ peers }: WireguardLink, address: IpAddress): WireguardPeer | undefined {
  let best: { readonly peer: WireguardPeer; readonly length: number } | undefined;
  for (const peer of peers) {
    for (const prefix of peer.allowedIps) {
      if (!prefixContains(prefix, address) || (best && best.length >= prefix.length)) continue;
      best = { peer, length: prefix.length };
    }
  }
  return best?.peer;
}

/** The sessions with a peer that are still good, the newest first. */
export function sessionsOf({ kernel, link, peer }: WireguardTunnel): readonly WireguardSession[] {
  const { now } = kernel.world.queue;
  return [...kernel.wireguard.values()]
    .filter(({ dev, peer: key, expires }) => dev === link.name && key === peer.publicKey && expires > now)
    .sort((a, b) => b.expires - a.expires);
}

/** The session that packets to the peer are sent by. One that the peer began must have been used by it first. */
export function sendingSession(tunnel: WireguardTunnel): WireguardSession | undefined {
  return sessionsOf(tunnel).find(({ confirmed }) => confirmed);
}

export function putSession(kernel: Kernel, entry: WireguardSession): void {
  kernel.wireguard.set(entry.id, entry);
  kernel.world.recorder.update({ netns: kernel.id, table: 'wireguard', id: entry.id, entry });
}

/** Two sessions with a peer are kept, and one that is not confirmed yet. */
export function forgetOldSessions(tunnel: WireguardTunnel): void {
  const { kernel } = tunnel;
  for (const { id } of sessionsOf(tunnel).slice(3)) {
    kernel.wireguard.delete(id);
    kernel.world.recorder.update({ netns: kernel.id, table: 'wireguard', id });
  }
}

/** Where the peer was heard last, else where it was configured to be. */
export function endpointOf(tunnel: WireguardTunnel): WireguardPeer['endpoint'] {
  return sessionsOf(tunnel)[0]?.endpoint ?? tunnel.peer.endpoint;
}
