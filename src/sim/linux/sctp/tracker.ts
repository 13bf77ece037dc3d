import type { SctpConntrackState } from '../../../datamodel/network/runtime.ts';
import { ipView } from '../../../wire/ip.ts';
import { sctpChecksumValid } from '../../../wire/sctp.ts';
import { parseSctp, readInit, SCTP_REFLECTED_TAG, type SctpChunk, SctpChunkType } from '../../../wire/sctpChunk.ts';
import type { Kernel } from '../kernel.ts';
import type { Connection, SctpTracking } from '../netfilter/connection.ts';
import type { PacketAt, Tracked } from '../netfilter/tcpTracker.ts';
import { conntrackSysctl, SECOND } from '../netfilter/timeouts.ts';
import { nextSctpState, SCTP_TIMEOUT } from './states.ts';

/** Chunks by which an answer is known that nobody asked for (RFC 9260 section 8.4). */
const NEVER_FIRST: readonly number[] = [SctpChunkType.abort, SctpChunkType.shutdownComplete, SctpChunkType.cookieAck];
/** Chunks that have to be alone in their packet. */
const ALONE: readonly number[] = [SctpChunkType.init, SctpChunkType.initAck, SctpChunkType.shutdownComplete];
/** Chunks that have to come first. */
const FIRST: readonly number[] = [SctpChunkType.cookieAck, SctpChunkType.cookieEcho];
/** Chunks whose verification tag has rules of its own. */
const SPECIAL: readonly number[] = [
  SctpChunkType.init,
  SctpChunkType.shutdownComplete,
  SctpChunkType.cookieEcho,
  SctpChunkType.abort,
  SctpChunkType.shutdownAck,
  SctpChunkType.heartbeat,
  SctpChunkType.heartbeatAck,
];

/** Follows one packet of an association (net/netfilter/nf_conntrack_proto_sctp.c, nf_conntrack_sctp_packet). */
export function trackSctp(kernel: Kernel, connection: Connection, packet: PacketAt): Tracked {
  const { bytes, offset, reply, incoming } = packet;
  const ip = ipView(bytes, offset);
  const end = ip.payloadOffset + ip.payloadLength;
  const sctp = parseSctp(bytes, ip.payloadOffset, end);
  if (sctp === undefined || !isInOrder(sctp.chunks)) return 'invalid';
  if (incoming && !sctpChecksumValid(bytes, ip.payloadOffset, end)) return 'invalid';
  const { chunks, verificationTag: tag } = sctp;
  const has = (types: readonly number[]): boolean => chunks.some(({ type }) => types.includes(type));
  const [way, back] = reply ? ([1, 0] as const) : ([0, 1] as const);
  if (!connection.confirmed) {
    if (has(NEVER_FIRST)) return 'invalid';
    const tracking = begin(chunks, tag);
    if (tracking === undefined) return 'invalid';
    connection.sctp = tracking;
    connection.sctpState = 'NONE';
  }
  // An earlier run's list does not show tags: they are taken as they come.
  connection.sctp ??= { tags: [reply ? 0 : tag, reply ? tag : 0], inits: [false, false] };
  const { tags, inits } = connection.sctp;
  if (tags[way] === 0 && tags[back] !== 0 && connection.confirmed && !has(SPECIAL)) tags[way] = tag;
  if (!has(SPECIAL) && tag !== tags[way]) return 'invalid';
  let state = connection.sctpState ?? 'NONE';
  let refresh = true;
  for (const chunk of chunks) {
    if (!tagFits(chunk, tag, tags[way], tags[back])) return 'invalid';
    if (chunk.type === SctpChunkType.cookieAck) inits[0] = inits[1] = false;
    const next = nextSctpState(state, chunk.type, reply);
    if (next === 'invalid') return 'invalid';
    if (chunk.type === SctpChunkType.heartbeat || chunk.type === SctpChunkType.heartbeatAck) tags[way] ||= tag;
    if (chunk.type === SctpChunkType.init) {
      const init = readInit(chunk);
      if (init === undefined) return 'invalid';
      if (inits[way] && inits[back]) inits[back] = false;
      inits[way] = true;
      tags[back] = init.tag;
      // A client that keeps knocking does not keep the entry alive.
      if (next === 'CLOSED' && state === 'CLOSED' && connection.confirmed) refresh = false;
    } else if (chunk.type === SctpChunkType.initAck) {
      const init = readInit(chunk);
      if (init === undefined) return 'invalid';
      const known = tags[back];
      if (!inits[back] && known !== 0 && known !== init.tag) return 'invalid';
      if (inits[way] && inits[back] && known !== init.tag) return 'invalid';
      tags[back] = init.tag;
    }
    if (state !== next && next === 'ESTABLISHED') connection.assured = true;
    state = next;
    connection.sctpState = next;
  }
  if (refresh) connection.expires = kernel.world.queue.now + timeoutOf(kernel, state);
  return 'accept';
}

/** do_basic_checks */
function isInOrder(chunks: readonly SctpChunk[]): boolean {
  if (chunks.length > 1 && chunks.some(({ type }) => ALONE.includes(type))) return false;
  return !chunks.slice(1).some(({ type }) => FIRST.includes(type));
}

/** sctp_new: @returns the tags that packets will have, as far as the first one says. */
function begin(chunks: readonly SctpChunk[], tag: number): SctpTracking | undefined {
  const tracking: SctpTracking = { tags: [0, 0], inits: [false, false] };
  for (const chunk of chunks) {
    const next = nextSctpState('NONE', chunk.type, false);
    if (next === 'invalid' || next === 'NONE') return undefined;
    if (chunk.type === SctpChunkType.init) {
      const init = readInit(chunk);
      if (tag !== 0 || init === undefined) return undefined;
      tracking.tags[1] = init.tag;
    } else if (chunk.type === SctpChunkType.heartbeat) tracking.tags[0] = tag;
    else tracking.tags[1] = tag;
  }
  return tracking;
}

/** Verification tags where the rule is another than "the receiver's" (RFC 9260 section 8.5.1). */
function tagFits({ type, flags }: SctpChunk, tag: number, own: number, peer: number): boolean {
  switch (type) {
    case SctpChunkType.init:
      return tag === 0;
    case SctpChunkType.abort:
    case SctpChunkType.shutdownComplete:
      return tag === ((flags & SCTP_REFLECTED_TAG) === 0 ? own : peer);
    case SctpChunkType.cookieEcho:
      return tag === own;
    case SctpChunkType.heartbeat:
    case SctpChunkType.heartbeatAck:
      return own === 0 || tag === own;
    default:
      return true;
  }
}

function timeoutOf(kernel: Kernel, state: SctpConntrackState): number {
  const known = state === 'NONE' ? 'CLOSED' : state;
  return conntrackSysctl(kernel, `sctp_timeout_${known.toLowerCase()}`, SCTP_TIMEOUT[known]) * SECOND;
}
