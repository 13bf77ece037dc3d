import type { Kernel } from '../kernel.ts';

/** The device that a packet of IPv6 leaves by: the first physical one, since there are no routes of that family yet. */
export function ipv6WayOut(kernel: Kernel): string {
  return [...kernel.links.values()].find(({ kind }) => kind === 'physical')?.name ?? 'lo';
}
