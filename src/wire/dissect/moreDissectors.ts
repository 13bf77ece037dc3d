import { dissectArp } from './arp.ts';
import { dissectDns } from './dns.ts';
import { dissectIcmp } from './icmp.ts';
import type { Dissector, LayerProtocol } from './layer.ts';
import { MORE_TUNNELS } from './moreTunnels.ts';

/** What a page need not open on: its first request is TCP whose neighbours are known. */
export const MORE_DISSECTORS: readonly (readonly [LayerProtocol, Dissector])[] = [
  ['ARP', dissectArp],
  ['ICMP', dissectIcmp],
  ['DNS', dissectDns],
  ...MORE_TUNNELS,
];
