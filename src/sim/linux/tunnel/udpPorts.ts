import type { GeneveLink, TunnelLink, VxlanLink, WireguardLink } from '../../../datamodel/network/link.ts';
import type { Kernel } from '../kernel.ts';

export type UdpTunnelLink = VxlanLink | GeneveLink | WireguardLink;

/** A namespace's links do not change during a run, so what follows from them is worked out once. */
const listening = new WeakMap<Kernel['links'], ReadonlyMap<number, readonly UdpTunnelLink[]>>();

/** The devices whose kernel socket a UDP packet to the port goes to. A device that is down has closed its socket. */
export function tunnelsOnPort(kernel: Kernel, port: number): readonly UdpTunnelLink[] {
  const known = listening.get(kernel.links) ?? byPort(kernel.links);
  listening.set(kernel.links, known);
  return known.get(port) ?? [];
}

function byPort(links: Kernel['links']): ReadonlyMap<number, readonly UdpTunnelLink[]> {
  const found = new Map<number, UdpTunnelLink[]>();
  for (const link of links.values()) {
    const port = link.up ? portOf(link as TunnelLink) : undefined;
    if (port !== undefined) found.set(port, [...(found.get(port) ?? []), link as UdpTunnelLink]);
  }
  return found;
}

function portOf(link: TunnelLink): number | undefined {
  if (link.kind === 'vxlan' || link.kind === 'geneve') return link.destinationPort;
  return link.kind === 'wireguard' ? link.listenPort : undefined;
}
