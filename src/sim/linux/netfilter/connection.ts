import type { ConntrackTuple, TcpConntrackState } from '../../../datamodel/network/runtime.ts';
import type { EntryId } from '../../../datamodel/network/tables.ts';

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
  mark: number;
  expires: number;
  /** Which nat hooks have decided already (nf_nat_initialized), even if they decided to change nothing. */
  natSourceDone: boolean;
  natDestinationDone: boolean;
  /** The connection an ICMP error or a helper's flow is RELATED to. */
  master?: EntryId;
}
