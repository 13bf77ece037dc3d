import type { Match } from '../../../datamodel/network/netfilter.ts';
import type { IpAddress } from '../../../wire/address.ts';
import { addressIn, type Packet } from './packet.ts';
import { SECOND } from './timeouts.ts';

/** Addresses that a list holds at most; the one unseen for longest gives way (ip_list_tot). */
const LIST_SIZE = 100;

/** `-m recent` on the source address: asks the list and writes it (xt_recent.c, recent_mt). */
export function matchRecent(match: Extract<Match, { readonly type: 'recent' }>, packet: Packet): boolean {
  const { kernel } = packet;
  const { now } = kernel.world.queue;
  const address = addressIn(packet, 'source');
  const list = listOf(packet, match.name);
  const negate = match.negate ?? false;
  const seen = list.get(address);
  if (seen === undefined) {
    if (match.operation !== 'set') return negate;
    if (list.size >= LIST_SIZE) list.delete(oldest(list));
    list.set(address, now);
    return !negate;
  }
  switch (match.operation) {
    case 'set':
      list.set(address, now);
      return !negate;
    case 'remove':
      list.delete(address);
      return !negate;
    case 'rcheck':
    case 'update': {
      const horizon = !match.seconds ? Number.NEGATIVE_INFINITY : now - match.seconds * SECOND;
      const matches = seen >= horizon !== negate;
      if (match.reap) reap(list, horizon);
      if (match.operation === 'update' && matches) list.set(address, now);
      return matches;
    }
  }
}

function listOf({ kernel }: Packet, name: string): Map<IpAddress, number> {
  const list = kernel.recent.get(name) ?? new Map<IpAddress, number>();
  kernel.recent.set(name, list);
  return list;
}

function oldest(list: ReadonlyMap<IpAddress, number>): IpAddress {
  let first: readonly [IpAddress, number] | undefined;
  for (const entry of list) if (first === undefined || entry[1] < first[1]) first = entry;
  if (first === undefined) throw new Error('An empty list has no oldest entry');
  return first[0];
}

/** One look, one entry: the list shrinks as it is used (recent_entry_reap). */
function reap(list: Map<IpAddress, number>, horizon: number): void {
  const first = list.size > 0 ? oldest(list) : undefined;
  if (first !== undefined && (list.get(first) ?? 0) < horizon) list.delete(first);
}
