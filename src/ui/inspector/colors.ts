import type { Layer } from '../../wire/layers.ts';

/** One colour per header, the same in the capsule's shells, the stack, the ruler and the bytes. */
export type HeaderColor = 'eth' | 'ip' | 'l4' | 'tun' | 'data';

const TUNNELS: ReadonlySet<string> = new Set(['VXLAN', 'Geneve', 'WireGuard']);

export function colorsOf(layers: readonly Layer[]): readonly HeaderColor[] {
  return layers.map((layer, i) => {
    switch (layer.protocol) {
      case 'Ethernet':
      case 'ARP':
        return 'eth';
      case 'IPv4':
        // one that carries another packet without anything between is the tunnel itself
        return layers[i + 1]?.protocol === 'IPv4' && !layers[i + 1]?.quoted ? 'tun' : 'ip';
      case 'VXLAN':
      case 'Geneve':
      case 'WireGuard':
        return 'tun';
      case 'UDP':
        // a tunnel's UDP is the tunnel's
        return TUNNELS.has(layers[i + 1]?.protocol ?? '') ? 'tun' : 'l4';
      case 'TCP':
      case 'ICMP':
        return 'l4';
      default:
        return 'data';
    }
  });
}
