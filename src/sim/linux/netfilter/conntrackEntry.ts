import type { ConntrackEntry } from '../../../datamodel/network/runtime.ts';
import type { Connection } from './connection.ts';

/** The connection as data, as `conntrack -L` lists it. */
export function toConntrackEntry(connection: Connection): ConntrackEntry {
  const { id, original, reply, seenReply, assured, tcpState, sctpState, mark, expires, ipvs } = connection;
  const entry = { id, original, reply, seenReply, assured, mark, expires, ...(ipvs && { ipvs }) };
  return { ...entry, ...(tcpState !== undefined && { tcpState }), ...(sctpState !== undefined && { sctpState }) };
}

/** A confirmed connection as an earlier run left it. What the list does not show (TCP windows) is tracked anew. */
export function fromConntrackEntry(entry: ConntrackEntry): Connection {
  return { ...entry, confirmed: true, natSourceDone: true, natDestinationDone: true };
}
