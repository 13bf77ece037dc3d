import type { IpipLink } from '../../../datamodel/network/link.ts';
import { IPV4_HEADER_LENGTH, Ipv4View } from '../../../wire/ipv4.ts';
import { dropPacket } from '../device/drop.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { receiveInner } from '../tunnel/receiveInner.ts';

const PORT_UNREACHABLE = { type: 3, code: 3 };

/**
 * Unwraps an IPIP packet for the device that fits its addresses best (Linux: net/ipv4/ipip.c, ipip_rcv; ip_tunnel_lookup).
 * Where all are down the sender hears "port unreachable" (tunnel4_rcv).
 */
export function ipipReceive(kernel: Kernel, skb: Skb): void {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  const link = deviceFor(kernel, ip);
  if (link === undefined) {
    const sent = kernel.stack.icmpSend(kernel, skb, PORT_UNREACHABLE);
    const because = `No IPIP device that is up takes packets from ${ip.source} to ${ip.destination}`;
    const device = ipipDevices(kernel)[0]?.name;
    dropPacket(kernel, skb, 'NOT_SPECIFIED', because, { device }, sent ? PORT_UNREACHABLE : undefined);
    return;
  }
  const bytes = skb.bytes.slice(ip.payloadOffset, ip.offset + ip.totalLength);
  if (bytes.length < IPV4_HEADER_LENGTH) {
    const because = `${bytes.length} bytes are too few for the inner IPv4 header`;
    dropPacket(kernel, skb, 'PKT_TOO_SMALL', because, { device: link.name });
    return;
  }
  const detail = { type: 'decapsulate', tunnel: 'ipip', overhead: ip.headerLength } as const;
  receiveInner(kernel, skb, link, { bytes, link: 'ip' }, ip.tos, detail);
}

/** The device with both ends, then the one with the sender's, then with this host's; one without any takes the rest. */
function deviceFor(kernel: Kernel, { source, destination }: Ipv4View): IpipLink | undefined {
  const score = ({ remote, local }: IpipLink): number => (remote === undefined ? 0 : 2) + (local === undefined ? 0 : 1);
  return ipipDevices(kernel)
    .filter(({ up, remote = source, local = destination }) => up && remote === source && local === destination)
    .sort((a, b) => score(b) - score(a))[0];
}

function ipipDevices(kernel: Kernel): readonly IpipLink[] {
  return [...kernel.links.values()].filter((link) => link.kind === 'ipip');
}
