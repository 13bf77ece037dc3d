import type { ConntrackTuple, SctpConntrackState, TcpConntrackState } from '../../../datamodel/network/runtime.ts';
import type { EntryId } from '../../../datamodel/network/tables.ts';
import type { TcpTracking } from './tcpWindow.ts';
import { sameTuple } from './tuple.ts';

/** What conntrack remembers of an SCTP association beside its state: the verification tags of packets going either way. */
export interface SctpTracking {
  readonly tags: [original: number, reply: number];
  /** Which sides have sent an INIT that nobody has confirmed yet. */
  readonly inits: [original: boolean, reply: boolean];
}

/** A conntrack entry while a run works on it (nf_conn). Published as a ConntrackEntry when it changes. */
export interface Connection {
  readonly id: EntryId;
  readonly original: ConntrackTuple;
  /** What a reply will look like; nat changes it until the entry is confirmed. */
  reply: ConntrackTuple;
  /** In the table, so that others can find it. A packet that is dropped first leaves nothing behind. */
  confirmed: boolean;
  seenReply: boolean;
  assured: boolean;
  tcpState?: TcpConntrackState;
  /** Sequence numbers and windows, while the state is known (not for entries that an earlier run left behind). */
  tcp?: TcpTracking;
  sctpState?: SctpConntrackState;
  /** Verification tags, while they are known. */
  sctp?: SctpTracking;
  /** UDP: from this time on, in virtual nanoseconds, traffic both ways counts as a stream. */
  streamFrom?: number;
  mark: number;
  expires: number;
  /** Which nat hooks have decided already (nf_nat_initialized), even if they decided to change nothing. */
  natSourceDone: boolean;
  natDestinationDone: boolean;
  /** IPVS said where its answers come from: nat has no part in that, and IPVS undoes it by itself. */
  ipvs?: boolean;
  /** The connection an ICMP error or a helper's flow is RELATED to. */
  master?: EntryId;
}

/** Whether replies come to another source than the one that began (IPS_SRC_NAT). */
export function hasSourceNat({ original, reply }: Connection): boolean {
  return reply.destination !== original.source || reply.destinationPort !== original.sourcePort;
}

/** Whether replies come from another end than the one addressed (IPS_DST_NAT). ICMP identifiers count as source nat. */
export function hasDestinationNat({ original, reply, ipvs }: Connection): boolean {
  if (ipvs) return false;
  if (reply.source !== original.destination) return true;
  return original.icmp === undefined && reply.sourcePort !== original.destinationPort;
}

/** The tuple of packets going that way. */
export function tupleFor(connection: Connection, reply: boolean): ConntrackTuple {
  return reply ? connection.reply : connection.original;
}

export function isReplyOf(connection: Connection, tuple: ConntrackTuple): boolean {
  return !sameTuple(connection.original, tuple);
}
