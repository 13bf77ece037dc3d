import type { VxlanLink } from '../../../datamodel/network/link.ts';
import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { UdpView } from '../../../wire/udp.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';

/** A namespace's links do not change during a run, so what follows from them is worked out once. */
const listening = new WeakMap<Kernel['links'], ReadonlyMap<number, readonly VxlanLink[]>>();

/** The VXLAN devices whose socket a UDP packet to the port goes to. A device that is down has closed its socket. */
export function vxlansOnPort(kernel: Kernel, port: number): readonly VxlanLink[] {
  const known = listening.get(kernel.links) ?? byPort(kernel.links);
  listening.set(kernel.links, known);
  return known.get(port) ?? [];
}

function byPort(links: Kernel['links']): ReadonlyMap<number, readonly VxlanLink[]> {
  const found = new Map<number, VxlanLink[]>();
  for (const link of links.values()) {
    if (link.kind !== 'vxlan' || !link.up) continue;
    found.set(link.destinationPort, [...(found.get(link.destinationPort) ?? []), link]);
  }
  return found;
}

/** Whether an IPv4 packet is addressed to a tunnel end in this namespace; later fragments do not show their port. */
export function isTunnelPacket(kernel: Kernel, skb: Skb): boolean {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.protocol !== IpProtocol.udp || ip.fragmentOffset > 0) return false;
  const { destinationPort } = new UdpView(skb.bytes, ip.payloadOffset);
  return vxlansOnPort(kernel, destinationPort).length > 0 && kernel.fib.addressType(ip.destination) === 'LOCAL';
}
