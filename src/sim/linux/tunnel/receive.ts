import { IpProtocol, Ipv4View } from '../../../wire/ipv4.ts';
import { UDP_HEADER_LENGTH, UdpView } from '../../../wire/udp.ts';
import { driverOf } from '../device/driver.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { vxlanReceive } from '../vxlan/receive.ts';
import { tunnelsOnPort } from './udpPorts.ts';

/**
 * Gives a packet for this host to the tunnel that its protocol or port stands for (Linux: inet_add_protocol, and the sockets'
 * encap_rcv). The caller has checked a UDP packet's checksum.
 *
 * @returns false when no tunnel here wants it: then it is for sockets.
 */
export function tunnelReceive(kernel: Kernel, skb: Skb): boolean {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.protocol === IpProtocol.ipip) {
    if (![...kernel.links.values()].some(({ kind }) => kind === 'ipip')) return false;
    driverOf('ipip').receive(kernel, skb);
    return true;
  }
  if (ip.protocol !== IpProtocol.udp || ip.payloadLength < UDP_HEADER_LENGTH) return false;
  const [device] = tunnelsOnPort(kernel, new UdpView(skb.bytes, ip.payloadOffset).destinationPort);
  if (device === undefined) return false;
  if (device.kind === 'vxlan') vxlanReceive(kernel, skb);
  else driverOf(device.kind).receive(kernel, skb);
  return true;
}

/** Whether an IPv4 packet is addressed to a tunnel end in this namespace; later fragments do not show their port. */
export function isTunnelPacket(kernel: Kernel, skb: Skb): boolean {
  const ip = new Ipv4View(skb.bytes, skb.networkOffset);
  if (ip.protocol === IpProtocol.ipip) {
    const wanted = [...kernel.links.values()].some(({ kind, up }) => kind === 'ipip' && up);
    return wanted && kernel.fib.addressType(ip.destination) === 'LOCAL';
  }
  if (ip.protocol !== IpProtocol.udp || ip.fragmentOffset > 0) return false;
  const { destinationPort } = new UdpView(skb.bytes, ip.payloadOffset);
  return tunnelsOnPort(kernel, destinationPort).length > 0 && kernel.fib.addressType(ip.destination) === 'LOCAL';
}
