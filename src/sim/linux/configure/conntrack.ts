import type { ConntrackFilter } from '../../../datamodel/network/edit.ts';
import type { ConntrackEntry, ConntrackTuple } from '../../../datamodel/network/runtime.ts';
import { type IpAddress, type IpPrefix, prefixContains } from '../../../wire/address.ts';
import { type NetnsState, without, withRuntime } from './netnsState.ts';

/** Whether a connection is among those that `conntrack -L` or `-D` was asked for. */
export function isMeant(entry: ConntrackEntry, filter: ConntrackFilter): boolean {
  const { original, reply, mark } = entry;
  return (
    same(filter.protocol, original.protocol) &&
    inside(filter.source, original.source) &&
    inside(filter.destination, original.destination) &&
    inside(filter.replySource, reply.source) &&
    inside(filter.replyDestination, reply.destination) &&
    same(filter.sourcePort, original.sourcePort) &&
    same(filter.destinationPort, original.destinationPort) &&
    same(filter.replySourcePort, reply.sourcePort) &&
    same(filter.replyDestinationPort, reply.destinationPort) &&
    same(filter.state, entry.tcpState ?? entry.sctpState) &&
    same(filter.assured, entry.assured) &&
    same(filter.seenReply, entry.seenReply) &&
    (filter.mark === undefined || (mark & filter.mark.mask) >>> 0 === filter.mark.value) &&
    translated(filter.sourceNat, sourceNat(original, reply)) &&
    translated(filter.destinationNat, destinationNat(original, reply)) &&
    (translated(filter.anyNat, sourceNat(original, reply)) ||
      translated(filter.anyNat, destinationNat(original, reply)))
  );
}

/** `conntrack -D`. What packets under way carry they keep. */
export function deleteConnections(state: NetnsState, filter: ConntrackFilter): NetnsState {
  const conntrack = without(state.runtime.conntrack, (entry) => isMeant(entry, filter));
  return conntrack === state.runtime.conntrack ? state : withRuntime(state, { conntrack });
}

function same<T>(wanted: T | undefined, value: T | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function inside(wanted: IpPrefix | undefined, address: IpAddress): boolean {
  return wanted === undefined || prefixContains(wanted, address);
}

/** The address that replies go to instead of the sender's. */
function sourceNat(original: ConntrackTuple, reply: ConntrackTuple): IpAddress | undefined {
  const changed = reply.destination !== original.source || reply.destinationPort !== original.sourcePort;
  return changed ? reply.destination : undefined;
}

function destinationNat(original: ConntrackTuple, reply: ConntrackTuple): IpAddress | undefined {
  const changed = reply.source !== original.destination || reply.sourcePort !== original.destinationPort;
  return changed ? reply.source : undefined;
}

function translated(wanted: IpAddress | true | undefined, to: IpAddress | undefined): boolean {
  if (wanted === undefined) return true;
  return to !== undefined && (wanted === true || wanted === to);
}
