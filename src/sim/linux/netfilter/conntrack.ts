import type { Hook } from '../../../datamodel/network/netfilter.ts';
import type { ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { transportChecksumValid } from '../../../wire/checksum.ts';
import { ICMPV4_HEADER_LENGTH, isIcmpError } from '../../../wire/icmpv4.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import type { Kernel } from '../kernel.ts';
import type { StepPlace } from '../recorder.ts';
import { sctpModule } from '../sctp/module.ts';
import type { Skb } from '../skb.ts';
import type { Connection } from './connection.ts';
import { isReplyOf, tupleFor } from './connection.ts';
import { findConnection, insertConnection, isInTable, publishConnection } from './connectionTable.ts';
import type { PacketAt, Tracked } from './tcpTracker.ts';
import { trackTcp } from './tcpTracker.ts';
import { conntrackTimeout, SECOND } from './timeouts.ts';
import { invertTuple, isIcmpQuery, sameTuple, tupleKey, tupleOf } from './tuple.ts';

/** Highest ICMP type that conntrack has heard of (NR_ICMP_TYPES). */
const LAST_ICMP_TYPE = 18;
/** UDP traffic both ways becomes a stream only after this time. */
const STREAM_DELAY = 2 * SECOND;

/**
 * Finds or makes the connection of a packet and notes on the skb how the two relate (nf_conntrack_in).
 *
 * Packets that carry a connection already (they come over loopback) or that a NOTRACK rule has exempted are left alone.
 * A packet without a valid place in any connection is INVALID, not dropped: that is for rules to decide.
 */
export function trackPacket(kernel: Kernel, skb: Skb, hook: Hook): void {
  const { meta } = skb;
  const incoming = hook === 'PREROUTING';
  if (meta.connection !== undefined) return;
  if (meta.connectionState === 'UNTRACKED') {
    record(kernel, skb, hook, 'untracked');
    return;
  }
  delete meta.connectionReply;
  const found = lookUp(kernel, skb, incoming);
  if (found === undefined) {
    meta.connectionState = 'INVALID';
    record(kernel, skb, hook, 'invalid');
    return;
  }
  meta.connection = found.connection;
  meta.connectionState = found.state;
  meta.connectionReply = found.reply;
  record(kernel, skb, hook, found.isNew ? 'new' : 'found');
}

interface Found {
  readonly connection: Connection;
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED';
  readonly reply: boolean;
  readonly isNew: boolean;
}

function lookUp(kernel: Kernel, skb: Skb, incoming: boolean): Found | undefined {
  const { bytes, networkOffset: offset } = skb;
  const tuple = tupleOf(bytes, offset);
  if (tuple === undefined) return undefined;
  if (tuple.icmp !== undefined) {
    if (tuple.icmp.type > LAST_ICMP_TYPE || (incoming && !transportChecksumValid(bytes, offset))) return undefined;
    if (isIcmpError(tuple.icmp.type)) return relatedConnection(kernel, bytes, offset, tuple);
  }
  // A SYN that reopens a closed connection removes it and is looked up once more.
  for (let round = 0; round < 2; round++) {
    const known = findConnection(kernel, tuple);
    const connection = known ?? newConnection(tuple);
    if (connection === undefined) return undefined;
    const reply = isReplyOf(connection, tuple);
    const state = reply || connection.seenReply ? 'ESTABLISHED' : connection.master !== undefined ? 'RELATED' : 'NEW';
    const tracked = track(kernel, connection, { bytes, offset, reply, incoming });
    if (tracked === 'invalid') return undefined;
    if (tracked === 'repeat') continue;
    if (reply) connection.seenReply = true;
    if (known !== undefined) publishConnection(kernel, connection);
    return { connection, state, reply, isNew: known === undefined };
  }
  return undefined;
}

/** The connection an ICMP error is about: the one whose packet it quotes (nf_conntrack_inet_error). */
function relatedConnection(
  kernel: Kernel,
  bytes: Uint8Array,
  offset: number,
  outer: ConntrackTuple,
): Found | undefined {
  const quote = tupleOf(bytes, new Ipv4View(bytes, offset).payloadOffset + ICMPV4_HEADER_LENGTH);
  const direction = quote && invertTuple(quote);
  if (direction === undefined) return undefined;
  const connection = findConnection(kernel, direction);
  if (connection === undefined) return undefined;
  const reply = isReplyOf(connection, direction);
  // Somebody else's error about our connection is nobody's.
  if (tupleFor(connection, reply).destination !== outer.destination) return undefined;
  return { connection, state: 'RELATED', reply, isNew: false };
}

function newConnection(tuple: ConntrackTuple): Connection | undefined {
  const reply = invertTuple(tuple);
  if (reply === undefined) return undefined;
  return {
    id: `conntrack ${tupleKey(tuple)}`,
    original: tuple,
    reply,
    confirmed: false,
    seenReply: false,
    assured: false,
    mark: 0,
    expires: 0,
    natSourceDone: false,
    natDestinationDone: false,
  };
}

function track(kernel: Kernel, connection: Connection, packet: PacketAt): Tracked {
  const { protocol, icmp } = connection.original;
  const { now } = kernel.world.queue;
  if (protocol === IpProtocol.tcp) return trackTcp(kernel, connection, packet);
  if (protocol === IpProtocol.icmp) {
    if (icmp === undefined || !isIcmpQuery(icmp.type)) return 'invalid';
    connection.expires = now + conntrackTimeout(kernel, 'icmp_timeout');
    return 'accept';
  }
  if (protocol === IpProtocol.udp) return trackUdp(kernel, connection, packet);
  const sctp = protocol === IpProtocol.sctp ? sctpModule() : undefined;
  if (sctp) return sctp.track(kernel, connection, packet);
  connection.expires = now + conntrackTimeout(kernel, 'generic_timeout');
  return 'accept';
}

/** nf_conntrack_udp_packet. */
function trackUdp(kernel: Kernel, connection: Connection, packet: PacketAt): Tracked {
  const { bytes, offset, incoming } = packet;
  const { now } = kernel.world.queue;
  if (incoming && !transportChecksumValid(bytes, offset)) return 'invalid';
  if (!connection.confirmed) connection.streamFrom = now + STREAM_DELAY;
  const isStream = connection.seenReply && now > (connection.streamFrom ?? 0);
  if (isStream) connection.assured = true;
  connection.expires = now + conntrackTimeout(kernel, isStream ? 'udp_timeout_stream' : 'udp_timeout');
  return 'accept';
}

/**
 * Puts the connection of a packet that has come through into the table (nf_conntrack_confirm).
 * @returns `clash` when another connection has taken its place meanwhile and the packet cannot be counted to that one.
 */
export function confirmPacket(kernel: Kernel, skb: Skb, hook: Hook): 'accept' | 'clash' {
  const { connection, connectionReply } = skb.meta;
  // Resets and errors that a REJECT sends carry the connection they refuse, and do not make it real.
  if (connection === undefined || connection.confirmed || connectionReply) return 'accept';
  const original = findConnection(kernel, connection.original);
  const other = original ?? findConnection(kernel, connection.reply);
  if (other === undefined) {
    insertConnection(kernel, connection);
    record(kernel, skb, hook, 'confirmed');
    return 'accept';
  }
  const isSame = sameTuple(other.original, connection.original) && sameTuple(other.reply, connection.reply);
  if (!isSame) return 'clash';
  skb.meta.connection = other;
  record(kernel, skb, hook, 'clash');
  return 'accept';
}

type SessionEvent = 'found' | 'new' | 'confirmed' | 'invalid' | 'untracked' | 'clash';

function record(kernel: Kernel, skb: Skb, hook: Hook, event: SessionEvent): void {
  const { connection, connectionState, connectionReply } = skb.meta;
  const listed = connection !== undefined && isInTable(kernel, connection);
  const entry: StepPlace = listed ? { entry: { netns: kernel.id, table: 'conntrack', id: connection.id } } : {};
  const state = connectionState ?? 'INVALID';
  kernel.world.recorder.step(
    kernel.id,
    skb,
    { type: 'session', event, state, reply: connectionReply ?? false },
    { hook, ...entry },
  );
}
