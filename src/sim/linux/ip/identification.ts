import { chance } from '../../../base/chance.ts';
import type { Kernel } from '../kernel.ts';

/**
 * The identification of a packet that may be fragmented: one more than the last of the same key, starting anywhere, never
 * 0 (Linux: net/ipv4/route.c, __ip_select_ident). The kernel counts per (source, destination, protocol); sockets that are
 * connected count for themselves.
 */
export function nextIpId(kernel: Kernel, key: string): number {
  const last = kernel.ipIds.get(key) ?? chance(kernel.world.seed, 'ip-id', kernel.id, key) & 0xffff;
  const next = last >= 0xffff ? 1 : last + 1;
  kernel.ipIds.set(key, next);
  return next;
}
